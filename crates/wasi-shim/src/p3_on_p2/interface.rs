//! The types of imported instances, as R offers them: without `async`, `stream` and `future`.
//!
//! An async function `f` of 0.3 is replaced by `start-f` and `finish-f`. Values of streams and
//! futures that WASI types pass through functions of their own. `adapters/README.md` describes the
//! interface.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeDeclaration, InstanceTypeDeclaration,
    PrimitiveValType,
};

use super::payload::{ElementType, Transfer, Typed};
use crate::Error;
use crate::component::{Arena, finish_name, start_name, static_name};
use crate::rewrite::forms::{self, Defined, Function, ImportType, Types};

/// The control interface: R's private functions.
pub(crate) const CONTROL: &str = "wasi-shim:p3-on-p2/control";

/// In which form the guest needs a function of 0.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// As it is: not an async function.
    Plain,
    /// The beginning of an async function, with its parameters as they are.
    Start,
    /// `Start` without a cookie, for sync lowerings (which need none) whose parameters leave no
    /// room for it.
    StartBare,
    /// `Start` with the parameters in memory. The first parameter that is a list of bytes travels
    /// beside them, in chunks.
    StartByList,
    /// The result of an async function.
    Finish,
    /// The result of a call that has just returned, with the bytes in it in chunks.
    FinishInChunks,
}

impl forms::Form for Form {
    const PLAIN: Form = Form::Plain;

    fn name(self, f: &str) -> String {
        match self {
            Form::Plain => f.to_string(),
            Form::Start | Form::StartBare => start_name(f),
            Form::StartByList => static_name(&start_name(f)) + "-by-list",
            Form::Finish => finish_name(f),
            Form::FinishInChunks => finish_name(f) + "-in-chunks",
        }
    }

    fn function<T: Types>(self, f: &Function<T::Type>, types: &mut T) -> Function<T::Type> {
        match self {
            Form::Plain => f.clone(),
            Form::Start => {
                let cookie = ("cookie".to_string(), T::U64);
                Function { params: f.params.iter().cloned().chain([cookie]).collect(), result: Some(T::U32) }
            }
            Form::StartBare => Function { result: Some(T::U32), ..f.clone() },
            Form::StartByList => {
                let mut fields: Vec<_> = f.params.iter().map(|(_, ty)| *ty).collect();
                let bytes = fields.iter_mut().find(|ty| types.is_list_of_bytes(**ty)).map(|bytes| {
                    *bytes = types.define(Defined::Tuple(vec![T::U32; 2]));
                    types.chunks()
                });
                let tuple = types.define(Defined::Tuple(fields));
                let (params, cookie) = (("params", types.define(Defined::List(tuple))), ("cookie", T::U64));
                match bytes {
                    Some(bytes) => Function::new(
                        [params, ("skip", T::U32), ("len", T::U32), ("bytes", bytes), cookie],
                        Some(T::U32),
                    ),
                    None => Function::new([params, cookie], Some(T::U32)),
                }
            }
            Form::Finish => Function::new([("subtask", T::U32)], f.result),
            Form::FinishInChunks => {
                let (bytes, chunks) = (types.define(Defined::List(T::U8)), types.chunks());
                let pieces = [bytes, chunks, bytes].into_iter().chain(f.result).collect();
                Function::new([("head", T::U32)], Some(types.define(Defined::Tuple(pieces))))
            }
        }
    }
}

impl Typed {
    /// The type of the function that transfers such values. `types` are those of its interface.
    pub fn function_type<T: Types>(self, transfer: Transfer, types: &mut T) -> Result<Function<T::Type>, Error> {
        let element = match self.shape() {
            ElementType::Named(name) => types.exported(name)?,
            ElementType::Own(name) => {
                let resource = types.exported(name)?;
                types.define(Defined::Own(resource))
            }
            ElementType::Result { resource, error } => {
                let err = Some(types.exported(error)?);
                let resource = resource.map(|resource| types.exported(resource)).transpose()?;
                let ok = resource.map(|resource| {
                    let own = types.define(Defined::Own(resource));
                    types.define(Defined::Option(own))
                });
                types.define(Defined::Result { ok, err })
            }
        };
        let list = types.define(Defined::List(element));
        Ok(match transfer {
            Transfer::Take => Function::new([("end", T::U32)], Some(list)),
            Transfer::Write => Function::new([("end", T::U32), ("values", list)], Some(T::U32)),
        })
    }
}

/// The type of an imported instance of 0.3 as R offers it, with `functions` in the forms that are
/// needed, and the functions for values of `typed`. It has no streams and futures any more
/// ([`plain`]).
pub(crate) fn import_type<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    arena: &'a Arena,
    functions: &BTreeSet<(String, Form)>,
    typed: &BTreeSet<(Typed, Transfer)>,
) -> Result<ComponentType<'a>, Error> {
    let mut ty = ImportType::new(declarations, arena, |_| false);
    ty.offer(functions)?;
    for (typed, transfer) in typed {
        if let Some(name) = typed.function(*transfer) {
            let function = typed.function_type(*transfer, &mut ty)?;
            ty.export(name.to_string(), function);
        }
    }
    Ok(ty.into_type())
}

/// A type without the async component model: `stream` and `future` become `u32`, `async` goes.
/// Recursive, so that it serves for whole interface types.
pub(crate) fn plain<'a>(ty: &ComponentType<'a>) -> ComponentType<'a> {
    match ty {
        ComponentType::Defined(ComponentDefinedType::Stream(_) | ComponentDefinedType::Future(_)) => {
            ComponentType::Defined(ComponentDefinedType::Primitive(PrimitiveValType::U32))
        }
        ComponentType::Func(func) => ComponentType::Func(ComponentFuncType { async_: false, ..func.clone() }),
        ComponentType::Instance(declarations) => ComponentType::Instance(
            declarations
                .iter()
                .map(|declaration| match declaration {
                    InstanceTypeDeclaration::Type(ty) => InstanceTypeDeclaration::Type(plain(ty)),
                    other => other.clone(),
                })
                .collect(),
        ),
        ComponentType::Component(declarations) => ComponentType::Component(
            declarations
                .iter()
                .map(|declaration| match declaration {
                    ComponentTypeDeclaration::Type(ty) => ComponentTypeDeclaration::Type(plain(ty)),
                    other => other.clone(),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}
