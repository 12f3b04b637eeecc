//! The types of imported instances, as P offers them: with split functions.
//!
//! A function `f` of 0.2 that may wait, or that moves bulk bytes, is replaced by `start-f` and
//! `finish-f`, which do not wait; the guest's trampoline waits in between. `adapters/README.md`
//! describes the interface.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType,
};

use crate::Error;
use crate::component::{Arena, extern_name, finish_name, start_name};
use crate::rewrite::forms::{self, Function, ImportType, Types};

/// The control interface: P's private functions.
pub(crate) const CONTROL: &str = "wasi-shim:p2-on-p3/control";

/// In which form the guest needs a function of 0.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// As it is: it never waits.
    Plain,
    /// The beginning of a split function. Its first parameter that is a list of bytes travels in
    /// chunks.
    Start,
    /// The result of a split function.
    Finish,
}

impl Form {
    /// The forms of a function that `is_split`, or is not.
    pub fn all(is_split: bool) -> &'static [Form] {
        if is_split { &[Form::Start, Form::Finish] } else { &[Form::Plain] }
    }
}

impl forms::Form for Form {
    const PLAIN: Form = Form::Plain;

    fn name(self, f: &str) -> String {
        match self {
            Form::Plain => f.to_string(),
            Form::Start => start_name(f),
            Form::Finish => finish_name(f),
        }
    }

    fn function<T: Types>(self, f: &Function<T::Type>, types: &mut T) -> Function<T::Type> {
        match self {
            Form::Plain => f.clone(),
            Form::Start => {
                let bulk = bulk_param(f, types);
                let mut params = Vec::new();
                for (at, (name, ty)) in f.params.iter().enumerate() {
                    if bulk == Some(at) {
                        params.push((format!("{name}-skip"), T::U32));
                        params.push((format!("{name}-len"), T::U32));
                        params.push((name.clone(), types.chunks()));
                    } else {
                        params.push((name.clone(), *ty));
                    }
                }
                Function { params, result: Some(T::U32) }
            }
            Form::Finish => Function::new([("token", T::U32)], f.result),
        }
    }
}

/// The properties of a split function that the rewrite needs beyond its core signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SplitType {
    /// Position of the bulk bytes' pointer among the flat parameters.
    pub bulk_param: Option<usize>,
    pub bulk_result: Option<BulkResult>,
    /// Whether the function has a result.
    pub has_result: bool,
}

/// Split functions, by their names in 0.2.
pub(crate) type SplitTypes<'a> = Vec<(&'a str, SplitType)>;

/// How a function hands out bulk bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkResult {
    /// `result<list<u8>, _>`
    Bytes,
    /// `result<tuple<list<u8>, bool>, _>`
    BytesAndFlag,
}

/// The position of the bulk bytes among the parameters of `f`. WASI has at most a handle (one flat
/// parameter) before them, so the position among the flat parameters is the same.
fn bulk_param<T: Types>(f: &Function<T::Type>, types: &T) -> Option<usize> {
    f.params.iter().take(2).position(|(_, ty)| types.is_list_of_bytes(*ty))
}

impl SplitType {
    fn of(f: &Function<ComponentValType>, types: &ImportType<'_, '_>) -> SplitType {
        let bulk_result = match f.result.and_then(|ty| types.defined(ty)) {
            Some(ComponentDefinedType::Result { ok: Some(ok), .. }) => match types.defined(*ok) {
                _ if types.is_list_of_bytes(*ok) => Some(BulkResult::Bytes),
                Some(ComponentDefinedType::Tuple(tuple)) => match **tuple {
                    [bytes, ComponentValType::Primitive(PrimitiveValType::Bool)] if types.is_list_of_bytes(bytes) => {
                        Some(BulkResult::BytesAndFlag)
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        SplitType { bulk_param: bulk_param(f, types), bulk_result, has_result: f.result.is_some() }
    }
}

/// The type of an imported instance of 0.2 as P offers it, with `functions` in the forms that are
/// needed; and the types of the split functions.
pub(crate) fn import_type<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    arena: &'a Arena,
    functions: &BTreeSet<(String, Form)>,
) -> Result<(ComponentType<'a>, SplitTypes<'a>), Error> {
    let needs = |name: &str, form| functions.contains(&(name.to_string(), form));
    let mut ty = ImportType::new(declarations, arena, |name| needs(name, Form::Plain));
    let split = ty.functions().filter(|name| needs(name, Form::Start));
    let types = split.map(|name| Ok((name, SplitType::of(&ty.function(name)?, &ty)))).collect::<Result<_, Error>>()?;
    ty.offer(functions)?;
    Ok((ty.into_type(), types))
}

/// The type of an import of `functions`, all of them `func() -> u64`.
pub(crate) fn same_type<'a>(functions: &[&'static str]) -> ComponentType<'a> {
    let result = Some(ComponentValType::Primitive(PrimitiveValType::U64));
    let ty = ComponentType::Func(ComponentFuncType { async_: false, params: [].into(), result });
    let exports = functions
        .iter()
        .map(|function| InstanceTypeDeclaration::Export { name: extern_name(function), ty: ComponentTypeRef::Func(0) });
    ComponentType::Instance([InstanceTypeDeclaration::Type(ty)].into_iter().chain(exports).collect())
}
