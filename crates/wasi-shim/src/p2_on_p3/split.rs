//! Split functions: what becomes of a function of WASI 0.2 that may wait, or that moves bulk bytes.
//!
//! `f` is replaced by `start-f` and `finish-f`, which do not wait; what waits in between is the
//! guest's trampoline. `adapters/README.md` describes the interface; this file derives names and types
//! from those of `f`.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType,
};

use crate::Error;
use crate::component::{Arena, Sort, alias_sort, finish_name, instance_type, start_name};

/// The name of the private interface through which a guest waits.
pub(crate) const CONTROL: &str = "wasi-shim:p2-on-p3/control";

/// What the rewrite has to know of a split function beyond its core signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Position of the bulk bytes' pointer among the flat parameters.
    pub bulk_param: Option<usize>,
    pub bulk_result: Option<BulkResult>,
    /// Whether the function has a result.
    pub has_result: bool,
}

/// How a function hands out bulk bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkResult {
    /// `result<list<u8>, _>`
    Bytes,
    /// `result<tuple<list<u8>, bool>, _>`
    BytesAndFlag,
}

/// The declarations of an imported instance type, with its functions replaced as `fate` says.
pub(crate) struct InstanceTypeRewrite<'a> {
    pub declarations: Vec<InstanceTypeDeclaration<'a>>,
    /// The split functions, by their names in 0.2.
    pub shapes: Vec<(&'a str, Shape)>,
}

/// What becomes of a function of an imported instance.
pub(crate) enum Fate {
    /// Nobody uses it: the adapter need not have it.
    Dropped,
    /// It stays as it is.
    Kept,
    /// It is split.
    Split,
}

/// Rewrites the type of an imported instance. `fate` decides by function name.
///
/// Declarations keep their order and so their local type indices; new ones are added behind them.
pub(crate) fn rewrite_instance_type<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    arena: &'a Arena,
    fate: impl Fn(&str) -> Fate,
) -> Result<InstanceTypeRewrite<'a>, Error> {
    let mut local_types: Vec<Option<&ComponentType<'a>>> = Vec::new();
    let mut kept = Vec::new();
    let mut split = Vec::new();
    for declaration in declarations {
        match declaration {
            InstanceTypeDeclaration::Type(ty) => local_types.push(Some(ty)),
            InstanceTypeDeclaration::Alias(alias) if alias_sort(alias) == Sort::Type => local_types.push(None),
            InstanceTypeDeclaration::Export { ty: ComponentTypeRef::Type(_), .. } => local_types.push(None),
            InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => match fate(name.name) {
                Fate::Dropped => continue,
                Fate::Kept => {}
                Fate::Split => {
                    split.push((name.name, *ty));
                    continue;
                }
            },
            _ => {}
        }
        kept.push(declaration.clone());
    }
    let mut types = LocalTypes { first: local_types.len() as u32, declarations: Vec::new() };
    let mut exports = Vec::new();
    let mut shapes = Vec::new();
    let mut chunks = None;
    for (name, ty) in split {
        let Some(Some(ComponentType::Func(func))) = local_types.get(ty as usize) else {
            return Err(Error::unsound(format!("the type of `{name}` is defined elsewhere")));
        };
        let list_of_bytes = |ty| instance_type::is_list_of_bytes(ty, &local_types);
        let defined = |ty: Option<ComponentValType>| match ty {
            Some(ComponentValType::Type(at)) => match local_types.get(at as usize) {
                Some(Some(ComponentType::Defined(ty))) => Some(ty),
                _ => None,
            },
            _ => None,
        };

        let mut shape = Shape { bulk_param: None, bulk_result: None, has_result: func.result.is_some() };
        let mut params: Vec<(&'a str, ComponentValType)> = Vec::new();
        for (at, (param, ty)) in func.params.iter().enumerate() {
            // What stands before bulk bytes in WASI is a handle: one flat parameter.
            if list_of_bytes(*ty) && shape.bulk_param.is_none() && at <= 1 {
                let carrier = *chunks.get_or_insert_with(|| {
                    let u64 = ComponentValType::Primitive(PrimitiveValType::U64);
                    let chunk = types.add(ComponentType::Defined(ComponentDefinedType::Tuple(vec![u64; 8].into())));
                    let list = ComponentDefinedType::List(ComponentValType::Type(chunk));
                    ComponentValType::Type(types.add(ComponentType::Defined(list)))
                });
                shape.bulk_param = Some(at);
                let u32 = ComponentValType::Primitive(PrimitiveValType::U32);
                params.push((arena.text(&format!("{param}-skip")), u32));
                params.push((arena.text(&format!("{param}-len")), u32));
                params.push((param, carrier));
            } else {
                params.push((param, *ty));
            }
        }
        if let Some(ComponentDefinedType::Result { ok: Some(ok), .. }) = defined(func.result) {
            if list_of_bytes(*ok) {
                shape.bulk_result = Some(BulkResult::Bytes);
            } else if let Some(ComponentDefinedType::Tuple(tuple)) = defined(Some(*ok))
                && let [bytes, ComponentValType::Primitive(PrimitiveValType::Bool)] = **tuple
                && list_of_bytes(bytes)
            {
                shape.bulk_result = Some(BulkResult::BytesAndFlag);
            }
        }
        let token = Some(ComponentValType::Primitive(PrimitiveValType::U32));
        let start = types.func(params, token);
        let finish = types.func(vec![("token", ComponentValType::Primitive(PrimitiveValType::U32))], func.result);
        exports.push((start_name(name), start));
        exports.push((finish_name(name), finish));
        shapes.push((name, shape));
    }
    kept.extend(types.declarations);
    kept.extend(
        exports.into_iter().map(|(name, ty)| InstanceTypeDeclaration::Export {
            name: arena.name(&name),
            ty: ComponentTypeRef::Func(ty),
        }),
    );
    Ok(InstanceTypeRewrite { declarations: kept, shapes })
}

/// Type declarations that are added to an instance type.
struct LocalTypes<'a> {
    first: u32,
    declarations: Vec<InstanceTypeDeclaration<'a>>,
}

impl<'a> LocalTypes<'a> {
    fn add(&mut self, ty: ComponentType<'a>) -> u32 {
        self.declarations.push(InstanceTypeDeclaration::Type(ty));
        self.first + self.declarations.len() as u32 - 1
    }

    fn func(&mut self, params: Vec<(&'a str, ComponentValType)>, result: Option<ComponentValType>) -> u32 {
        self.add(ComponentType::Func(ComponentFuncType { async_: false, params: params.into(), result }))
    }
}

/// The type of an import of `functions`, all of them `func() -> u64`.
pub(crate) fn same_type<'a>(functions: &[&'static str]) -> ComponentType<'a> {
    let mut types = LocalTypes { first: 0, declarations: Vec::new() };
    let ty = types.func(vec![], Some(ComponentValType::Primitive(PrimitiveValType::U64)));
    let exports = functions.iter().map(|function| InstanceTypeDeclaration::Export {
        name: crate::component::extern_name(function),
        ty: ComponentTypeRef::Func(ty),
    });
    ComponentType::Instance(types.declarations.into_iter().chain(exports).collect())
}

/// The functions of the control interface, with what they take and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Control {
    Wait,
    WaitNow,
    Look,
    StartDrain,
    FinishDrain,
    Bulk,
    BulkHead,
    BulkBody,
    BulkTail,
    FinishBulk,
}

impl Control {
    pub const ALL: [Control; 10] = [
        Control::Wait,
        Control::WaitNow,
        Control::Look,
        Control::StartDrain,
        Control::FinishDrain,
        Control::Bulk,
        Control::BulkHead,
        Control::BulkBody,
        Control::BulkTail,
        Control::FinishBulk,
    ];

    /// The name in the control interface.
    pub fn name(self) -> &'static str {
        match self {
            Control::Wait => "wait",
            Control::WaitNow => "wait-now",
            Control::Look => "look",
            Control::StartDrain => "start-drain",
            Control::FinishDrain => "finish-drain",
            Control::Bulk => "bulk",
            Control::BulkHead => "bulk-head",
            Control::BulkBody => "bulk-body",
            Control::BulkTail => "bulk-tail",
            Control::FinishBulk => "finish-bulk",
        }
    }
}

/// The type of the control interface, as an import of `functions` sees it.
pub(crate) fn control_type<'a>(functions: &BTreeSet<Control>) -> ComponentType<'a> {
    use PrimitiveValType::{U8, U32, U64};
    let mut types = LocalTypes { first: 0, declarations: Vec::new() };
    let mut exports = Vec::new();
    let token = ("token", ComponentValType::Primitive(U32));
    for function in functions {
        let mut list = |element| {
            let list = types.add(ComponentType::Defined(ComponentDefinedType::List(element)));
            Some(ComponentValType::Type(list))
        };
        let (params, result) = match function {
            Control::Wait | Control::FinishDrain | Control::FinishBulk => (vec![token], None),
            Control::WaitNow => (vec![token], Some(ComponentValType::Primitive(U32))),
            Control::Look => (vec![], None),
            Control::StartDrain => (vec![], Some(ComponentValType::Primitive(U32))),
            Control::Bulk => (vec![token], Some(ComponentValType::Primitive(U64))),
            Control::BulkHead => {
                (vec![token, ("count", ComponentValType::Primitive(U32))], list(ComponentValType::Primitive(U8)))
            }
            Control::BulkTail => (vec![token], list(ComponentValType::Primitive(U8))),
            Control::BulkBody => {
                let u64 = ComponentValType::Primitive(U64);
                let chunk = types.add(ComponentType::Defined(ComponentDefinedType::Tuple(vec![u64; 8].into())));
                let list = types.add(ComponentType::Defined(ComponentDefinedType::List(ComponentValType::Type(chunk))));
                (vec![token], Some(ComponentValType::Type(list)))
            }
        };
        let async_ = matches!(function, Control::Wait | Control::Look);
        let ty = types.add(ComponentType::Func(ComponentFuncType { async_, params: params.into(), result }));
        exports.push(InstanceTypeDeclaration::Export {
            name: crate::component::extern_name(function.name()),
            ty: ComponentTypeRef::Func(ty),
        });
    }
    let mut declarations = types.declarations;
    declarations.extend(exports);
    ComponentType::Instance(declarations.into())
}
