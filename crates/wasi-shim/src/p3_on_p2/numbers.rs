//! Numbers by which R knows parts, and types of streams and futures. The latter are equal for equal
//! types, in all parts of a composition. With them R checks that an end has the type of the
//! built-in that uses it, or of the call that passes it.

use std::cell::RefCell;
use std::collections::HashMap;

use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    AliasableResourceId, ComponentDefinedType, ComponentDefinedTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use super::handles::Resource;
use super::payload::Typed;
use crate::component::types;

/// The number of a type of streams or futures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypeNumber(u32);

impl From<TypeNumber> for u32 {
    fn from(number: TypeNumber) -> u32 {
        number.0
    }
}

/// The number by which R knows a part of a composition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PartNumber(u32);

impl PartNumber {
    /// No part: the number of a guest that is one component, and the owner of ends on their way.
    pub const NONE: PartNumber = PartNumber(0);

    /// The number of part `at` of several.
    pub fn of(at: usize) -> PartNumber {
        PartNumber(at as u32 + 1)
    }
}

impl From<PartNumber> for u32 {
    fn from(number: PartNumber) -> u32 {
        number.0
    }
}

/// The bit of a number that tells that the type is a future.
const FUTURE: u32 = 1 << 31;

/// The first number of payloads that are [`Typed`], and of all others that are not numeric.
const TYPED: u32 = 16;
const OTHERS: u32 = 64;

/// The numbers of a composition.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// Of each part: its resources, and who defines them.
    resources: Vec<HashMap<ResourceId, Resource>>,
    /// The numbers of payloads that are neither units nor numeric, by spelling.
    known: RefCell<HashMap<String, u32>>,
}

impl Numbers {
    /// For parts that have these `resources`.
    pub fn new(resources: Vec<HashMap<ResourceId, Resource>>) -> Numbers {
        Numbers { resources, known: RefCell::default() }
    }

    /// The resources of part `part`, and who defines them.
    pub fn resources(&self, part: usize) -> &HashMap<ResourceId, Resource> {
        &self.resources[part]
    }

    /// Records that `payload` of part `part` is one that R knows, too.
    pub fn is_typed(&self, part: usize, types: TypesRef<'_>, payload: ComponentValType, typed: Typed) {
        let text = self.spell(part, types, payload);
        self.known.borrow_mut().entry(text).or_insert(TYPED + typed as u32);
    }

    /// The number of a stream or future type of part `part`.
    pub fn of(&self, part: usize, types: TypesRef<'_>, ty: ComponentDefinedTypeId) -> TypeNumber {
        TypeNumber(match types[ty] {
            ComponentDefinedType::Future { ty, .. } => FUTURE | self.of_payload(part, types, ty),
            ComponentDefinedType::Stream { ty, .. } => self.of_payload(part, types, ty),
            _ => 0,
        })
    }

    fn of_payload(&self, part: usize, types: TypesRef<'_>, payload: Option<ComponentValType>) -> u32 {
        let Some(payload) = payload else { return 0 };
        if let Some(number) = types::primitive(types, payload).and_then(of_number) {
            return number;
        }
        let text = self.spell(part, types, payload);
        let mut known = self.known.borrow_mut();
        let next = OTHERS + known.len() as u32;
        *known.entry(text).or_insert(next)
    }

    /// Spells the structure of a type. Types are equal if their spellings are.
    pub fn spell(&self, part: usize, types: TypesRef<'_>, ty: ComponentValType) -> String {
        let spell = |ty: ComponentValType| self.spell(part, types, ty);
        let maybe = |ty: &Option<ComponentValType>| ty.map_or("_".to_string(), spell);
        let each = |tys: &mut dyn Iterator<Item = String>| tys.collect::<Vec<_>>().join(",");
        let id = match ty {
            ComponentValType::Primitive(primitive) => return format!("{primitive:?}"),
            ComponentValType::Type(id) => id,
        };
        match &types[id] {
            ComponentDefinedType::Primitive(primitive) => format!("{primitive:?}"),
            ComponentDefinedType::Record(record) => {
                let fields = &mut record.fields.iter().map(|(name, ty)| format!("{name}:{}", spell(*ty)));
                format!("record<{}>", each(fields))
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = &mut variant.cases.iter().map(|(name, case)| format!("{name}:{}", maybe(&case.ty)));
                format!("variant<{}>", each(cases))
            }
            ComponentDefinedType::Flags(names) => format!("flags<{}>", each(&mut names.iter().map(|n| n.to_string()))),
            ComponentDefinedType::Enum(names) => format!("enum<{}>", each(&mut names.iter().map(|n| n.to_string()))),
            ComponentDefinedType::Tuple(tuple) => {
                format!("tuple<{}>", each(&mut tuple.types.iter().map(|ty| spell(*ty))))
            }
            ComponentDefinedType::List { element, .. } => format!("list<{}>", spell(*element)),
            ComponentDefinedType::FixedLengthList { element, length, .. } => {
                format!("list<{},{length}>", spell(*element))
            }
            ComponentDefinedType::Map { key, value, .. } => format!("map<{},{}>", spell(*key), spell(*value)),
            ComponentDefinedType::Option { ty, .. } => format!("option<{}>", spell(*ty)),
            ComponentDefinedType::Result { ok, err, .. } => format!("result<{},{}>", maybe(ok), maybe(err)),
            ComponentDefinedType::Own(resource) => format!("own<{}>", self.resource(part, *resource)),
            ComponentDefinedType::Borrow(resource) => format!("borrow<{}>", self.resource(part, *resource)),
            ComponentDefinedType::Stream { ty, .. } => format!("stream<{}>", maybe(ty)),
            ComponentDefinedType::Future { ty, .. } => format!("future<{}>", maybe(ty)),
        }
    }

    /// Spells a resource, by the component that defines it.
    fn resource(&self, part: usize, resource: AliasableResourceId) -> String {
        let resource = resource.resource();
        match self.resources(part).get(&resource) {
            Some(known) => format!("{:?}", known.home),
            None => format!("{part}.{resource:?}"),
        }
    }
}

/// The number of a numeric payload. R knows that of `u8`.
fn of_number(primitive: PrimitiveValType) -> Option<u32> {
    use PrimitiveValType::*;
    let numbers = [U8, S8, U16, S16, U32, S32, U64, S64, F32, F64];
    numbers.iter().position(|number| *number == primitive).map(|at| at as u32 + 1)
}
