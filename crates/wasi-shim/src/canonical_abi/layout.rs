//! The layout of component values in linear memory (`alignment` and `elem_size` of the Canonical
//! ABI).

use wasm_encoder::ValType;
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{ComponentDefinedType, ComponentDefinedTypeId, ComponentValType, ResourceId};
use wasmparser::types::TypesRef;

use crate::component::types;

/// A handle in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Handle {
    /// A handle that owns a resource.
    Own(ResourceId),
    /// A handle that borrows a resource.
    Borrow(ResourceId),
    /// The readable end of a stream or future of this type.
    End(ComponentDefinedTypeId),
}

/// A type in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// In bytes.
    pub size: u32,
    pub align: u32,
    /// The flat types.
    pub flat: Vec<ValType>,
    pub shape: Shape,
}

/// The structure of a type, as far as memory is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One flat value.
    Scalar(Scalar),
    /// One flat value, too.
    Handle(Handle),
    String,
    /// Pointer and length of such elements.
    List(Box<Layout>),
    /// Fields by offset.
    Record(Vec<(u32, Layout)>),
    /// A discriminant of so many bytes, then the payload at an offset.
    Variant {
        discriminant: u32,
        payload: u32,
        cases: Vec<Option<Layout>>,
    },
}

/// Which bit patterns of a flat value are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// All: a number, or a handle without a type.
    Unsigned,
    /// All, and the sign is extended when it is loaded.
    Signed,
    Bool,
    Char,
    /// One of so many cases.
    Enum(u32),
    /// So many flags.
    Flags(u32),
}

impl Layout {
    /// The layout of `ty`, a type that `types` knows.
    pub fn of(types: TypesRef<'_>, ty: ComponentValType) -> Layout {
        let mut flat = Vec::new();
        types::flatten(types, ty, &mut flat);
        let (size, align, shape) = shape(types, ty);
        Layout { size, align, flat, shape }
    }

    /// The layout of a record of such fields.
    pub fn of_record(fields: Vec<Layout>) -> Layout {
        let flat = fields.iter().flat_map(|field| field.flat.iter().copied()).collect();
        let (size, align, shape) = record_shape(fields.into_iter());
        Layout { size, align, flat, shape }
    }

    /// Calls `found` with the handles in a value.
    pub fn handles(&self, found: &mut dyn FnMut(Handle)) {
        match &self.shape {
            Shape::Scalar(_) | Shape::String => {}
            Shape::Handle(handle) => found(*handle),
            Shape::List(element) => element.handles(found),
            Shape::Record(fields) => fields.iter().for_each(|(_, field)| field.handles(found)),
            Shape::Variant { cases, .. } => cases.iter().flatten().for_each(|case| case.handles(found)),
        }
    }

    /// Whether `is` holds for a handle in a value.
    pub fn has_handle(&self, is: &dyn Fn(Handle) -> bool) -> bool {
        let mut any = false;
        self.handles(&mut |handle| any |= is(handle));
        any
    }

    /// Whether ends of streams or futures move with a value.
    pub fn has_ends(&self) -> bool {
        self.has_handle(&|handle| matches!(handle, Handle::End(_)))
    }

    /// Whether a value points to memory outside of itself.
    pub fn has_pointers(&self) -> bool {
        match &self.shape {
            Shape::Scalar(_) | Shape::Handle(_) => false,
            Shape::String | Shape::List(_) => true,
            Shape::Record(fields) => fields.iter().any(|(_, field)| field.has_pointers()),
            Shape::Variant { cases, .. } => cases.iter().flatten().any(Layout::has_pointers),
        }
    }
}

fn shape(types: TypesRef<'_>, ty: ComponentValType) -> (u32, u32, Shape) {
    let of = |ty: &ComponentValType| Layout::of(types, *ty);
    let scalar = |size, scalar| (size, size, Shape::Scalar(scalar));
    let defined = match ty {
        ComponentValType::Primitive(primitive) => return primitive_shape(primitive),
        ComponentValType::Type(id) => &types[id],
    };
    match defined {
        ComponentDefinedType::Primitive(primitive) => primitive_shape(*primitive),
        ComponentDefinedType::Record(record) => record_shape(record.fields.values().map(of)),
        ComponentDefinedType::Tuple(tuple) => record_shape(tuple.types.iter().map(of)),
        ComponentDefinedType::FixedLengthList { element, length, .. } => {
            record_shape(std::iter::repeat_n(of(element), *length as usize))
        }
        ComponentDefinedType::List { element, .. } => (8, 4, Shape::List(Box::new(of(element)))),
        ComponentDefinedType::Map { key, value, .. } => {
            (8, 4, Shape::List(Box::new(Layout::of_record(vec![of(key), of(value)]))))
        }
        ComponentDefinedType::Variant(variant) => {
            variant_shape(variant.cases.values().map(|case| case.ty.as_ref().map(of)).collect())
        }
        ComponentDefinedType::Option { ty, .. } => variant_shape(vec![None, Some(of(ty))]),
        ComponentDefinedType::Result { ok, err, .. } => variant_shape(vec![ok.as_ref().map(of), err.as_ref().map(of)]),
        ComponentDefinedType::Enum(names) => scalar(discriminant_size(names.len()), Scalar::Enum(names.len() as u32)),
        ComponentDefinedType::Flags(names) => {
            let size = match names.len() {
                0..=8 => 1,
                9..=16 => 2,
                _ => 4,
            };
            scalar(size, Scalar::Flags(names.len() as u32))
        }
        ComponentDefinedType::Own(id) => (4, 4, Shape::Handle(Handle::Own(id.resource()))),
        ComponentDefinedType::Borrow(id) => (4, 4, Shape::Handle(Handle::Borrow(id.resource()))),
        ComponentDefinedType::Future { .. } | ComponentDefinedType::Stream { .. } => match ty {
            ComponentValType::Type(id) => (4, 4, Shape::Handle(Handle::End(id))),
            ComponentValType::Primitive(_) => scalar(4, Scalar::Unsigned),
        },
    }
}

fn primitive_shape(primitive: PrimitiveValType) -> (u32, u32, Shape) {
    use PrimitiveValType::*;
    let size = match primitive {
        Bool | S8 | U8 => 1,
        S16 | U16 => 2,
        S32 | U32 | F32 | Char | ErrorContext => 4,
        S64 | U64 | F64 => 8,
        String => return (8, 4, Shape::String),
    };
    let scalar = match primitive {
        Bool => Scalar::Bool,
        Char => Scalar::Char,
        S8 | S16 => Scalar::Signed,
        _ => Scalar::Unsigned,
    };
    (size, size, Shape::Scalar(scalar))
}

fn record_shape(layouts: impl Iterator<Item = Layout>) -> (u32, u32, Shape) {
    let (mut size, mut align): (u32, u32) = (0, 1);
    let mut fields = Vec::new();
    for layout in layouts {
        let offset = size.next_multiple_of(layout.align);
        size = offset + layout.size;
        align = align.max(layout.align);
        fields.push((offset, layout));
    }
    (size.next_multiple_of(align), align, Shape::Record(fields))
}

fn variant_shape(cases: Vec<Option<Layout>>) -> (u32, u32, Shape) {
    let discriminant = discriminant_size(cases.len());
    let payloads = || cases.iter().flatten();
    let payload_align = payloads().map(|case| case.align).max().unwrap_or(1);
    let align = payload_align.max(discriminant);
    let payload = discriminant.next_multiple_of(payload_align);
    let size = payload + payloads().map(|case| case.size).max().unwrap_or(0);
    (size.next_multiple_of(align), align, Shape::Variant { discriminant, payload, cases })
}

fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}
