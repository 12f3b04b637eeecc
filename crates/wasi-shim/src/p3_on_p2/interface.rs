//! The types of imported instances, as R offers them: without `async`, `stream` and `future`.

use std::collections::BTreeSet;

use wasm_encoder::ValType;
use wasmparser::{
    ComponentDefinedType, ComponentExternalKind, ComponentFuncType, ComponentOuterAliasKind, ComponentType,
    ComponentTypeDeclaration, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration, PrimitiveValType,
};

use super::payload::{Shape as Made, Transfer, Typed};
use crate::Error;
use crate::code::Signature;
use crate::component::Arena;
use crate::component::instance_type::is_list_of_bytes;

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);
const U64: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U64);

/// The private interface with what has no types.
pub(crate) const CONTROL: &str = "wasi-shim:p3-on-p2/control";

/// The parameters that bytes become: how many to skip, how many there are, and the chunks that they lie in.
pub(crate) const CARRIER: [&str; 3] = ["skip", "len", "bytes"];

/// In which form the guest needs a function of 0.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// As it is: not an async function.
    Plain,
    /// The beginning of an async function, with its parameters as they are.
    Start,
    /// The same without a cookie, for which those leave no room; a sync lowering has none.
    StartBare,
    /// The same as `Start`, with the parameters in memory. The first of them that is a list of bytes travels beside them, in a carrier.
    StartByList,
    /// The result of an async function.
    Finish,
    /// The same of a call that has just returned, with the bytes that are in it in chunks.
    FinishInChunks,
}

impl Form {
    /// The name of function `f` in this form.
    pub fn name(self, f: &str) -> String {
        let split =
            |kind: &str, prefix: &str, suffix: &str| match f.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((own, rest)) => match rest.split_once('.') {
                    Some((resource, method)) => {
                        let kind = if kind.is_empty() { own } else { kind };
                        format!("[{kind}]{resource}.{prefix}{method}{suffix}")
                    }
                    None => f.to_string(),
                },
                None => format!("{prefix}{f}{suffix}"),
            };
        match self {
            Form::Plain => f.to_string(),
            Form::Start | Form::StartBare => split("", "start-", ""),
            Form::StartByList => split("static", "start-", "-by-list"),
            Form::Finish => split("static", "finish-", ""),
            Form::FinishInChunks => split("static", "finish-", "-in-chunks"),
        }
    }
}

/// A type without the async component model: `stream` and `future` become `u32`, `async` goes. Recursive, so
/// that it serves for whole interface types.
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

/// The type of an imported instance of 0.3 as R offers it: `functions` in the forms that are needed, and
/// the functions that hand out and take values of `typed`.
///
/// Declarations keep their order and so their local type indices; new ones are added behind them.
pub(crate) fn rewrite<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    arena: &'a Arena,
    functions: &BTreeSet<(String, Form)>,
    typed: &BTreeSet<(Typed, Transfer)>,
) -> Result<ComponentType<'a>, Error> {
    let mut local: Vec<Option<&ComponentType<'a>>> = Vec::new();
    let mut named: Vec<(&str, u32)> = Vec::new();
    let mut kept = Vec::new();
    let mut imported = Vec::new();
    for declaration in declarations {
        match declaration {
            InstanceTypeDeclaration::Type(ty) => {
                local.push(Some(ty));
                kept.push(InstanceTypeDeclaration::Type(plain(ty)));
                continue;
            }
            InstanceTypeDeclaration::Alias(alias) if is_type_alias(alias) => local.push(None),
            InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Type(_) } => {
                named.push((name.name, local.len() as u32));
                local.push(None);
            }
            InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => {
                imported.push((name.name, *ty));
                continue;
            }
            _ => {}
        }
        kept.push(declaration.clone());
    }
    let mut types = local.len() as u32;
    let mut add = |kept: &mut Vec<InstanceTypeDeclaration<'a>>, ty: ComponentType<'a>| {
        kept.push(InstanceTypeDeclaration::Type(ty));
        types += 1;
        types - 1
    };
    let mut exports: Vec<(String, u32)> = Vec::new();
    for (name, ty) in imported {
        let forms = functions.iter().filter(|(function, _)| function == name);
        for (_, form) in forms {
            let func = match (form, local.get(ty as usize)) {
                (Form::Plain, _) => {
                    exports.push((name.to_string(), ty));
                    continue;
                }
                (_, Some(Some(ComponentType::Func(func)))) => func,
                _ => return Err(Error::unsound(format!("the type of `{name}` is defined elsewhere"))),
            };
            let ty = match form {
                Form::Plain => ty,
                Form::Start => {
                    let params = func.params.iter().copied().chain([("cookie", U64)]).collect();
                    add(&mut kept, func_type(params, Some(U32)))
                }
                Form::StartBare => add(&mut kept, func_type(func.params.to_vec(), Some(U32))),
                Form::StartByList => {
                    let mut define = |ty| ComponentValType::Type(add(&mut kept, ComponentType::Defined(ty)));
                    let mut fields: Vec<_> = func.params.iter().map(|(_, ty)| *ty).collect();
                    let bytes = fields.iter_mut().find(|ty| is_list_of_bytes(**ty, &local));
                    let carrier = bytes.map(|ty| {
                        *ty = define(ComponentDefinedType::Tuple([U32; 2].into()));
                        let chunk = define(ComponentDefinedType::Tuple([U64; 8].into()));
                        CARRIER.into_iter().zip([U32, U32, define(ComponentDefinedType::List(chunk))])
                    });
                    let tuple = define(ComponentDefinedType::Tuple(fields.into()));
                    let list = define(ComponentDefinedType::List(tuple));
                    let params = [("params", list)].into_iter().chain(carrier.into_iter().flatten());
                    add(&mut kept, func_type(params.chain([("cookie", U64)]).collect(), Some(U32)))
                }
                Form::Finish => add(&mut kept, func_type(vec![("subtask", U32)], func.result)),
                Form::FinishInChunks => {
                    let mut define = |ty| ComponentValType::Type(add(&mut kept, ComponentType::Defined(ty)));
                    let bytes = define(ComponentDefinedType::List(ComponentValType::Primitive(PrimitiveValType::U8)));
                    let chunk = define(ComponentDefinedType::Tuple([U64; 8].into()));
                    let chunks = define(ComponentDefinedType::List(chunk));
                    let pieces = [bytes, chunks, bytes].into_iter().chain(func.result).collect();
                    let result = define(ComponentDefinedType::Tuple(pieces));
                    add(&mut kept, func_type(vec![("head", U32)], Some(result)))
                }
            };
            exports.push((form.name(name), ty));
        }
    }
    for (typed, transfer) in typed {
        let mut exported = |name: &str| {
            let found = named.iter().find(|(known, _)| *known == name);
            found.map(|(_, ty)| *ty).ok_or_else(|| Error::unsound(format!("an import without its type `{name}`")))
        };
        let element = match typed.shape() {
            Made::Named(name) => exported(name)?,
            Made::Own(name) => {
                let resource = exported(name)?;
                add(&mut kept, ComponentType::Defined(ComponentDefinedType::Own(resource)))
            }
            Made::Result { resource, error } => {
                let error = exported(error)?;
                let ok = resource.map(&mut exported).transpose()?.map(|resource| {
                    let own = add(&mut kept, ComponentType::Defined(ComponentDefinedType::Own(resource)));
                    let option = ComponentDefinedType::Option(ComponentValType::Type(own));
                    ComponentValType::Type(add(&mut kept, ComponentType::Defined(option)))
                });
                let result = ComponentDefinedType::Result { ok, err: Some(ComponentValType::Type(error)) };
                add(&mut kept, ComponentType::Defined(result))
            }
        };
        let list = ComponentDefinedType::List(ComponentValType::Type(element));
        let list = ComponentValType::Type(add(&mut kept, ComponentType::Defined(list)));
        let ty = match transfer {
            Transfer::Take => func_type(vec![("end", U32)], Some(list)),
            Transfer::Write => func_type(vec![("end", U32), ("values", list)], Some(U32)),
        };
        let ty = add(&mut kept, ty);
        exports.extend(typed.function(*transfer).map(|name| (name.to_string(), ty)));
    }
    kept.extend(
        exports.into_iter().map(|(name, ty)| InstanceTypeDeclaration::Export {
            name: arena.name(&name),
            ty: ComponentTypeRef::Func(ty),
        }),
    );
    Ok(ComponentType::Instance(kept.into()))
}

fn func_type<'a>(params: Vec<(&'a str, ComponentValType)>, result: Option<ComponentValType>) -> ComponentType<'a> {
    ComponentType::Func(ComponentFuncType { async_: false, params: params.into(), result })
}

fn is_type_alias(alias: &wasmparser::ComponentAlias<'_>) -> bool {
    matches!(
        alias,
        wasmparser::ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. }
            | wasmparser::ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. }
    )
}

/// Declares [`Control`] with names and types.
macro_rules! control {
    ($($(#[$doc:meta])* $variant:ident = $name:literal ($($param:ident: $ty:ident),*) $(-> $result:ident)?;)*) => {
        /// A function of the control interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Control {
            $($(#[$doc])* $variant,)*
        }

        impl Control {
            pub const ALL: &'static [Control] = &[$(Control::$variant),*];

            /// The name in the interface.
            pub fn name(self) -> &'static str {
                match self { $(Control::$variant => $name,)* }
            }

            fn shape(self) -> (&'static [(&'static str, Shape)], Option<Shape>) {
                match self {
                    $(Control::$variant => (&[$((stringify!($param), Shape::$ty)),*], control!(@result $($result)?)),)*
                }
            }
        }
    };
    (@result) => { None };
    (@result $result:ident) => { Some(Shape::$result) };
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    U32,
    U64,
    Bytes,
    Chunks,
}

control! {
    WaitableSetNew = "waitable-set-new"() -> U32;
    WaitableSetDrop = "waitable-set-drop"(set: U32);
    WaitableJoin = "waitable-join"(waitable: U32, set: U32);
    WaitableSetWait = "waitable-set-wait"(set: U32) -> U64;
    WaitableSetPoll = "waitable-set-poll"(set: U32) -> U64;
    Yield = "yield"();
    Alone = "alone"(waitable: U32);
    BlockOn = "block-on"(waitable: U32) -> U64;
    SubtaskDrop = "subtask-drop"(subtask: U32);
    SubtaskCancel = "subtask-cancel"(subtask: U32) -> U32;
    Cookie = "cookie"(waitable: U32) -> U64;
    New = "new"(ty: U32, element: U32) -> U64;
    DropReadable = "drop-readable"(end: U32, ty: U32);
    DropWritable = "drop-writable"(end: U32, ty: U32);
    CancelRead = "cancel-read"(end: U32, ty: U32) -> U32;
    CancelWrite = "cancel-write"(end: U32, ty: U32) -> U32;
    Read = "read"(end: U32, ty: U32, count: U32, cookie: U64) -> U32;
    WriteUnit = "write-unit"(end: U32, ty: U32, count: U32) -> U32;
    Write = "write"(end: U32, ty: U32, count: U32, skip: U32, len: U32, bytes: Chunks) -> U32;
    Fill = "fill"() -> U64;
    BulkHead = "bulk-head"(end: U32, count: U32) -> Bytes;
    BulkBody = "bulk-body"(end: U32) -> Chunks;
    BulkTail = "bulk-tail"(end: U32) -> Bytes;
    Drain = "drain"();
    AsPart = "as-part"(part: U32);
    Pass = "pass"(end: U32, ty: U32, giver: U32, taker: U32) -> U32;
    Borrowed = "borrowed"(handle: U32);
    Lent = "lent"(handle: U32) -> U32;
    GiveBack = "give-back"(handle: U32) -> U32;
    GiveAway = "give-away"(handle: U32) -> U32;
    MayReturn = "may-return"(task: U32);
    Gather = "gather"();
    IsCarried = "is-carried"(end: U32) -> U32;
    Offered = "offered"(end: U32) -> U32;
    Unread = "unread"(end: U32) -> U32;
    CancelTurn = "cancel-turn"(subtask: U32) -> U64;
    SubtaskCancelled = "subtask-cancelled"(subtask: U32) -> U32;
    Call = "call"(cookie: U64, sync: U32);
    Caller = "caller"() -> U32;
    Backpressure = "backpressure"(up: U32);
    Hold = "hold"(callee: U32, slot: U32, cookie: U64) -> U32;
    Keep = "keep"(bits: U64);
    HeldBegin = "held-begin"(task: U32);
    HeldNext = "held-next"(task: U32) -> U64;
    HeldEnd = "held-end"(task: U32, returned: U32);
    TaskStart = "task-start"(slot: U32) -> U32;
    TaskCaller = "task-caller"(task: U32) -> U32;
    TaskAnswer = "task-answer"(task: U32) -> U32;
    TaskSuspend = "task-suspend"(task: U32, status: U32, context: U64);
    TaskExit = "task-exit"(task: U32);
    TaskReturn = "task-return"(task: U32, bits: U64);
    TaskCancel = "task-cancel"(task: U32);
    TaskResult = "task-result"() -> U64;
    TaskTurn = "task-turn"(task: U32) -> U32;
    TaskEvent = "task-event"(task: U32) -> U64;
    TaskContext = "task-context"(task: U32) -> U64;
    TasksLeft = "tasks-left"() -> U64;
    TaskRound = "task-round"();
    TaskNext = "task-next"(how: U32) -> U64;
    WaitableSetWaitOrStep = "waitable-set-wait-or-step"(set: U32, how: U32) -> U64;
    BlockOnOrStep = "block-on-or-step"(waitable: U32, how: U32) -> U64;
    EnterOrStep = "enter-or-step"(callee: U32, how: U32) -> U64;
    ReturnedOrStep = "returned-or-step"(subtask: U32, how: U32) -> U64;
}

impl Control {
    /// Its core type, unless that has pointers.
    pub fn signature(self) -> Option<Signature> {
        let flat = |shape: &Shape| match shape {
            Shape::U32 => Some(ValType::I32),
            Shape::U64 => Some(ValType::I64),
            Shape::Bytes | Shape::Chunks => None,
        };
        let (params, result) = self.shape();
        let params = params.iter().map(|(_, shape)| flat(shape)).collect::<Option<_>>()?;
        let results = result.iter().map(flat).collect::<Option<_>>()?;
        Some(Signature { params, results })
    }
}

/// The type of the control interface, as an import of `functions` sees it.
pub(crate) fn control_type<'a>(functions: &BTreeSet<Control>) -> ComponentType<'a> {
    let mut declarations = Vec::new();
    let mut types = 0;
    let mut exports = Vec::new();
    for function in functions {
        let mut add = |ty: ComponentType<'a>| {
            declarations.push(InstanceTypeDeclaration::Type(ty));
            types += 1;
            types - 1
        };
        let mut val = |shape: Shape| match shape {
            Shape::U32 => U32,
            Shape::U64 => U64,
            Shape::Bytes => {
                let list = ComponentDefinedType::List(ComponentValType::Primitive(PrimitiveValType::U8));
                ComponentValType::Type(add(ComponentType::Defined(list)))
            }
            Shape::Chunks => {
                let chunk = add(ComponentType::Defined(ComponentDefinedType::Tuple(vec![U64; 8].into())));
                let list = ComponentDefinedType::List(ComponentValType::Type(chunk));
                ComponentValType::Type(add(ComponentType::Defined(list)))
            }
        };
        let (params, result) = function.shape();
        let params: Vec<_> = params.iter().map(|(name, shape)| (*name, val(*shape))).collect();
        let result = result.map(&mut val);
        let ty = add(func_type(params, result));
        exports.push(InstanceTypeDeclaration::Export {
            name: crate::component::extern_name(function.name()),
            ty: ComponentTypeRef::Func(ty),
        });
    }
    declarations.extend(exports);
    ComponentType::Instance(declarations.into())
}
