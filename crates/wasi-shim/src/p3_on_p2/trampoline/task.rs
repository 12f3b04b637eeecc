//! The state of the running task, and delivery: the values that have to be in the guest's memory
//! before the guest learns of an event.

use wasm_encoder::Instruction::{
    I32Eq, I32Eqz, I32Mul, I32Ne, I32Or, I32WrapI64, I64Eqz, I64ExtendI32U, I64Load, I64Or, I64Shl, I64Store, Return,
    Unreachable,
};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::step::Steps;
use super::{BLOCKED, RETURNED, delivery};
use crate::code::{CoreModule, Func, Global, Memory, Signature};
use crate::component::{CoreFuncId, TableId};

/// The name in the backtrace when a task ends without a result.
const NO_RESULT: &str = "wasi-shim: the task ended without task.return";

/// The same when `task.return` is called twice, with another type or other options than those of
/// the task's function, or outside of a task.
const WRONG_RETURN: &str = "wasi-shim: task.return, but the task has returned or is of another type";

/// The same when a task that nobody asked to end calls `task.cancel`.
pub(crate) const NOT_CANCELLED: &str = "wasi-shim: task.cancel, but nothing was cancelled";

/// The answer of `has_returned` for a task that was cancelled.
const CANCELLED: i32 = 2;

/// A kind of `task.return`: a type, a memory and an encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReturnKind(u32);

impl ReturnKind {
    /// Kind `at` of the part's kinds. 0 is no task.
    pub fn of(at: usize) -> ReturnKind {
        ReturnKind(at as u32 + 1)
    }
}

impl From<ReturnKind> for u32 {
    fn from(kind: ReturnKind) -> u32 {
        kind.0
    }
}

/// The first module in the guest: it needs nothing of the guest, so that everything else can call
/// it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    /// Whether the guest sets a context; otherwise all contexts are always empty.
    pub sets_context: bool,
    /// `() -> i32` and `(i32) -> ()`, for each slot of `context.get` and `context.set`.
    pub context_get: [CoreFuncId; 2],
    pub context_set: [CoreFuncId; 2],
    /// `() -> ()`: `leave` keeps the contexts of a sync call that ends, for its `post-return`;
    /// `swap` exchanges them with the current ones, and back.
    pub leave: CoreFuncId,
    pub swap: CoreFuncId,
    /// `(waitable, payload) -> ()`: delivers the outcome of the operation on a waitable.
    pub deliver: CoreFuncId,
    /// `(kind) -> ()`: a task begins, whose `task.return` has to be of that kind.
    pub begin: CoreFuncId,
    /// `(kind, i64) -> ()`: the task returns a result, as bits.
    pub set_result: CoreFuncId,
    /// `() -> i64`: the task ends; returns the result.
    pub end: CoreFuncId,
    /// `() -> i32`: whether the task has returned (1) or was cancelled (2).
    pub has_returned: CoreFuncId,
    /// `(task, resolved, context, kind) -> ()`: a turn of a task begins. Drivers run as task 0.
    pub enter: CoreFuncId,
    /// `(part) -> ()` and `() -> part`: who called the task, and gets the ends that it returns.
    pub set_caller: CoreFuncId,
    pub caller: CoreFuncId,
    /// `() -> i64`: both context slots.
    pub context: CoreFuncId,
    /// `() -> ()`
    pub task_cancel: CoreFuncId,
    /// `(index, i64) -> ()` and `(index) -> i64`: flat values of a result that has several.
    pub stash: CoreFuncId,
    pub fetch: CoreFuncId,
    /// `(subtask) -> i32`: cancels it, and delivers the result if it has returned.
    pub subtask_cancel: CoreFuncId,
    /// `() -> ()`: delivers the values that parts wrote to pending reads of the part, if there are
    /// reads.
    pub fill: CoreFuncId,
    /// The table of deliveries and turns; slot 0 is none.
    pub table: TableId,
}

/// Functions of R that the module calls.
pub(crate) struct Calls {
    pub cookie: CoreFuncId,
    /// `fill`, if the part reads.
    pub fill: Option<CoreFuncId>,
    pub subtask_cancel: CoreFuncId,
    /// `may-return`, if tasks borrow handles of third parts.
    pub may_return: Option<CoreFuncId>,
    /// `task-cancel`, if the part has tasks.
    pub task_cancel: Option<CoreFuncId>,
}

/// Where the flat values of a result are kept, if there are several.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stash {
    /// A memory for nothing else.
    Memory(Memory),
    Globals,
}

/// The most flat values of a result; more are passed in memory.
const MAX_FLAT_PARAMS: usize = 16;

/// The globals of the running task.
pub(super) struct State {
    contexts: [Global; 2],
    /// The answer of `has_returned`.
    returned: Global,
    /// The result, as bits.
    result: Global,
    /// The task, or 0.
    task: Global,
    /// The kind of `task.return` that it may call.
    kind: Global,
    /// The part that called it.
    caller: Global,
}

impl State {
    /// The globals, with their types.
    pub fn globals(&self) -> [(Global, ValType); 7] {
        let State { contexts: [first, second], returned, result, task, kind, caller } = *self;
        [(first, I32), (second, I32), (returned, I32), (task, I32), (kind, I32), (caller, I32), (result, I64)]
    }
}

impl Task {
    /// The module, with a table for `slots` deliveries and turns; `stashes` says whether results
    /// may have several flat values.
    pub fn module(&self, calls: &Calls, slots: u32, stashes: bool, steps: Option<&Steps>) -> CoreModule {
        let mut module = CoreModule::default();
        module.provide_table(self.table, slots);
        let stash = stashes.then(|| Stash::Memory(module.define_memory()));
        self.add_to(&mut module, calls, stash, steps);
        module
    }

    /// Adds the functions to `module`, which has the table.
    pub fn add_to(&self, module: &mut CoreModule, calls: &Calls, stash: Option<Stash>, steps: Option<&Steps>) {
        module.indirect_type(delivery());
        let cookie = module.import(calls.cookie, ([I32], [I64]));
        let fill = calls.fill.map(|fill| module.import(fill, ([], [I64])));
        let subtask_cancel = module.import(calls.subtask_cancel, ([I32], [I32]));
        let task_cancel = calls.task_cancel.map(|cancel| module.import(cancel, ([I32], [])));
        let may_return = calls.may_return.map(|may| module.import(may, ([I32], [])));
        let imported = steps.map(|steps| (steps, steps.import(module)));
        let state = State {
            contexts: [(); 2].map(|()| module.global(I32)),
            result: module.global(I64),
            returned: module.global(I32),
            task: module.global(I32),
            kind: module.global(I32),
            caller: module.global(I32),
        };
        for (slot, context) in state.contexts.into_iter().enumerate() {
            module.getter(self.context_get[slot], context);
            module.setter(self.context_set[slot], context);
        }
        if self.sets_context {
            self.keep_contexts(module, state.contexts);
        }
        let (deliver, fills) = self.delivers(module, cookie, fill);
        self.results(module, &state, may_return);
        if let Some(stash) = stash {
            self.stash(module, stash);
        }
        if let Some(cancel) = task_cancel {
            self.turns(module, &state, cancel);
        }

        // A cancelled call of another part gets a turn, and may end before its caller goes on.
        let cancelling = imported.as_ref().map(|(steps, imported)| steps.build(module, imported, &state, fills));
        let mut cancel = |def: CoreFuncId, sync: bool| {
            module.function(Some(def), "wasi-shim: subtask.cancel", ([I32], [I32]), |body| {
                let (subtask, result) = (body.param(0), body.local(I32));
                body.get(subtask).call(subtask_cancel).tee(result);
                if let Some(cancelling) = &cancelling {
                    body.i32(BLOCKED).op(I32Eq).if_(|body| cancelling.push(body, subtask, result, sync));
                    body.get(result);
                }
                body.i32(RETURNED).op(I32Eq).if_(|body| {
                    body.get(subtask).get(result).call(deliver);
                });
                body.get(result);
            });
        };
        cancel(self.subtask_cancel, false);
        if let Some((steps, _)) = imported {
            cancel(steps.functions.subtask_cancel, true);
        }
    }
}

impl Task {
    /// `deliver`, and `fill` if the part reads.
    fn delivers(&self, module: &mut CoreModule, cookie: Func, fill: Option<Func>) -> (Func, Option<Func>) {
        let def = fill.is_none().then_some(self.deliver);
        let deliver = module.function(def, "wasi-shim: deliver", ([I32, I32], []), |body| {
            let [waitable, payload] = body.first_params();
            let (bits, slot) = (body.local(I64), body.local(I32));
            body.get(waitable).call(cookie).tee(bits).upper_half().tee(slot).if_(|body| {
                body.get(waitable).get(bits).op(I32WrapI64).get(payload).get(slot).call_indirect(delivery());
            });
        });
        let Some(fill) = fill else { return (deliver, None) };
        // Moves the values that pending reads have received to their buffers: `fill` of R names
        // these reads one by one.
        let fill = module.function(Some(self.fill), "wasi-shim: fill", ([], []), |body| {
            let event = body.local(I64);
            body.block(|body, done| {
                body.loop_(|body, again| {
                    body.call(fill).tee(event).op(I64Eqz).br_if(done);
                    body.waitable_of(event).payload_of(event).call(deliver).br(again);
                });
            });
        });
        let deliver = module.function(Some(self.deliver), "wasi-shim: deliver", ([I32, I32], []), |body| {
            body.call(fill).get_params().call(deliver);
        });
        (deliver, Some(fill))
    }

    /// The results of tasks, from `begin` to `end`.
    fn results(&self, module: &mut CoreModule, state: &State, may_return: Option<Func>) {
        let State { result, returned, task, kind, caller, .. } = *state;
        module.function(Some(self.begin), "wasi-shim: begin", ([I32], []), |body| {
            body.i32(0).global_set(returned).get_params().global_set(kind);
        });
        module.setter(self.set_caller, caller);
        module.getter(self.caller, caller);
        let trap = module.trap(WRONG_RETURN);
        module.function(Some(self.set_result), "wasi-shim: task.return", ([I32, I64], []), |body| {
            let [given_kind, given] = body.first_params();
            if let Some(may_return) = may_return {
                body.global_get(task).call(may_return);
            }
            body.global_get(returned).global_get(kind).get(given_kind).op(I32Ne).op(I32Or).call_if(trap);
            body.i32(1).global_set(returned).get(given).global_set(result);
        });
        module.getter(self.has_returned, returned);
        let trap = module.trap(NO_RESULT);
        module.function(Some(self.end), "wasi-shim: end", ([], [I64]), |body| {
            body.global_get(returned).op(I32Eqz).call_if(trap);
            body.global_get(result);
        });
    }

    /// `leave` and `swap`, for `post-return`.
    fn keep_contexts(&self, module: &mut CoreModule, contexts: [Global; 2]) {
        let contexts = contexts.map(|context| (context, module.global(I32)));
        module.function(Some(self.leave), "wasi-shim: leave", ([], []), |body| {
            for (context, left) in contexts {
                body.global_get(context).global_set(left);
            }
        });
        module.function(Some(self.swap), "wasi-shim: swap", ([], []), |body| {
            for (context, left) in contexts {
                body.global_get(left).global_get(context).global_set(left).global_set(context);
            }
        });
    }

    /// The turns of tasks.
    fn turns(&self, module: &mut CoreModule, state: &State, cancel: Func) {
        let State { contexts: [first, second], returned, task, kind, .. } = *state;
        module.function(Some(self.enter), "wasi-shim: enter", ([I32, I32, I64, I32], []), |body| {
            let [given_task, resolved, context, given_kind] = body.first_params();
            body.get(given_task).global_set(task).get(resolved).global_set(returned);
            body.get(context).op(I32WrapI64).global_set(first).get(context).upper_half().global_set(second);
            body.get(given_kind).global_set(kind);
        });
        module.function(Some(self.context), "wasi-shim: context", ([], [I64]), |body| {
            body.global_get(first).op(I64ExtendI32U);
            body.global_get(second).op(I64ExtendI32U).i64(32).op(I64Shl).op(I64Or);
        });
        let trap = module.trap(NOT_CANCELLED);
        module.function(Some(self.task_cancel), "wasi-shim: task.cancel", ([], []), |body| {
            body.global_get(task).op(I32Eqz).global_get(returned).op(I32Or).call_if(trap);
            body.global_get(task).call(cancel).i32(CANCELLED).global_set(returned);
        });
    }

    /// The flat values of a result that has several.
    fn stash(&self, module: &mut CoreModule, stash: Stash) {
        let memory = match stash {
            Stash::Memory(memory) => memory,
            Stash::Globals => return self.stash_in_globals(module),
        };
        module.function(Some(self.stash), "wasi-shim: stash", ([I32, I64], []), |body| {
            let [index, value] = body.first_params();
            body.get(index).i32(8).op(I32Mul).get(value).store(I64Store, memory, 0);
        });
        module.function(Some(self.fetch), "wasi-shim: fetch", ([I32], [I64]), |body| {
            body.get_params().i32(8).op(I32Mul).load(I64Load, memory, 0);
        });
    }

    fn stash_in_globals(&self, module: &mut CoreModule) {
        let globals = [(); MAX_FLAT_PARAMS].map(|()| module.global(I64));
        module.function(Some(self.stash), "wasi-shim: stash", ([I32, I64], []), |body| {
            let [index, value] = body.first_params();
            for (at, global) in (0..).zip(globals) {
                body.get(index).i32(at).op(I32Eq).if_(|body| {
                    body.get(value).global_set(global);
                });
            }
        });
        module.function(Some(self.fetch), "wasi-shim: fetch", ([I32], [I64]), |body| {
            for (at, global) in (0..).zip(globals) {
                body.get_params().i32(at).op(I32Eq).if_(|body| {
                    body.global_get(global).op(Return);
                });
            }
            body.op(Unreachable);
        });
    }
}

/// A function `() -> results` that calls `inner` with the constants `values`.
pub(crate) fn constants(
    def: CoreFuncId,
    inner: CoreFuncId,
    values: Vec<u32>,
    results: &'static [ValType],
    name: &'static str,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let inner = module.import(inner, Signature::new(&vec![I32; values.len()], results));
        module.function(Some(def), name, Signature::new(&[], results), |body| {
            for value in values {
                body.u32(value);
            }
            body.call(inner);
        });
    }
}

/// A function that only traps, if `name` is given, or does nothing.
pub(crate) fn trap(
    def: CoreFuncId,
    signature: Signature,
    name: Option<&'static str>,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        module.function(Some(def), name.unwrap_or("wasi-shim: nothing"), signature, |body| {
            if name.is_some() {
                body.op(Unreachable);
            }
        });
    }
}
