//! Turns: where a part waits, tasks of the parts before it go on, and in its drivers also its own
//! tasks.
//!
//! These functions are in the first module of the part, so that all others can call them.

use wasm_encoder::Instruction::{
    I32And, I32Eq, I32LtU, I32Or, I32ShrU, I32WrapI64, I64And, I64Eq, I64Eqz, Return, Unreachable,
};
use wasm_encoder::ValType::{I32, I64};

use super::task::State;
use super::{BLOCKED, RETURNED, delivery};
use crate::code::{Body, CoreModule, Func, Local};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::PartNumber;

/// R's answer instead of an event when a task can go on: `15 | part << 4 | task << 32`.
const STEP: i64 = 15;

/// Flags that tell R how a part waits: at the end of a turn; once more, after a task went on.
const DRIVING: i32 = 1;
const AGAIN: i32 = 2;

/// The duties of a part towards tasks.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    /// The number of the part, if it gives turns to tasks of its own.
    pub own: Option<PartNumber>,
    /// The parts before it that give turns: number, and the function that does so.
    pub others: Vec<(PartNumber, CoreFuncId)>,
    /// The functions of the first module.
    pub functions: StepFunctions,
    pub calls: StepCalls,
}

/// Replacements of R's functions that let tasks go on meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepFunctions {
    /// As `waitable-set-wait`, `yield` and `block-on`, in the middle of the part's code.
    pub wait: CoreFuncId,
    pub yield_: CoreFuncId,
    pub block_on: CoreFuncId,
    /// As `waitable-set-wait` and `yield`, in its drivers: also its own tasks go on.
    pub drive_wait: CoreFuncId,
    pub drive_yield: CoreFuncId,
    /// `(subtask) -> state`: the sync `subtask.cancel`.
    pub subtask_cancel: CoreFuncId,
    /// `(callee) -> event`: waits until a sync call may begin.
    pub enter: CoreFuncId,
    /// `(subtask) -> event`: waits until the subtask has returned.
    pub returned: CoreFuncId,
    /// `(task) -> ()`: gives one of the part's own tasks a turn.
    pub turn: CoreFuncId,
    /// `() -> ()`: lets tasks go on until none is left.
    pub settle: CoreFuncId,
}

/// Functions of R, as core functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepCalls<F = CoreFuncId> {
    pub wait: F,
    pub block_on: F,
    pub enter: F,
    pub returned: F,
    pub round: F,
    pub next: F,
    pub turn: F,
    pub cancel_turn: F,
    pub cancelled: F,
    /// `tasks-left`, if the host's call is over only when no task is left.
    pub left: Option<F>,
}

/// [`Steps`], with functions of the module.
pub(super) struct Imported {
    others: Vec<(PartNumber, Func)>,
    calls: StepCalls<Func>,
}

/// The treatment of a subtask that was cancelled and has not ended.
pub(super) struct Cancelling {
    /// `(turn) -> ()`
    resume: Func,
    block_on: Func,
    cancel_turn: Func,
    cancelled: Func,
    fill: Option<Func>,
}

impl Steps {
    /// Imports what the functions call.
    pub(super) fn import(&self, module: &mut CoreModule) -> Imported {
        let StepCalls { wait, block_on, enter, returned, round, next, turn, cancel_turn, cancelled, left } = self.calls;
        let others = self.others.iter().map(|(part, turn)| (*part, module.import(*turn, ([I32], []))));
        Imported {
            others: others.collect(),
            calls: StepCalls {
                wait: module.import(wait, ([I32, I32], [I64])),
                block_on: module.import(block_on, ([I32, I32], [I64])),
                enter: module.import(enter, ([I32, I32], [I64])),
                returned: module.import(returned, ([I32, I32], [I64])),
                round: module.import(round, ([], [])),
                next: module.import(next, ([I32], [I64])),
                turn: module.import(turn, ([I32], [I32])),
                cancel_turn: module.import(cancel_turn, ([I32], [I64])),
                cancelled: module.import(cancelled, ([I32], [I32])),
                left: left.map(|left| module.import(left, ([], [I64]))),
            },
        }
    }

    /// Adds the functions. `state` is that of the running task.
    pub(super) fn build(
        &self,
        module: &mut CoreModule,
        imported: &Imported,
        state: &State,
        fill: Option<Func>,
    ) -> Cancelling {
        let (calls, functions) = (&imported.calls, &self.functions);
        let resume = self.resume(module, imported, state);
        let mut wait = |def, inner, flags| {
            module.function(Some(def), "wasi-shim: wait", ([I32], [I64]), |body| {
                let (waitable, [event, again]) = (body.param(0), body.locals([I64, I32]));
                body.loop_(|body, repeat| {
                    body.get(waitable).get(again).i32(flags).op(I32Or).call(inner).tee(event);
                    body.i64(STEP).op(I64And).i64(STEP).op(I64Eq).if_(|body| {
                        body.get(event).call(resume).i32(AGAIN).set(again).br(repeat);
                    });
                });
                body.calls(fill).get(event);
            })
        };
        wait(functions.wait, calls.wait, 0);
        let block_on = wait(functions.block_on, calls.block_on, 0);
        wait(functions.enter, calls.enter, 0);
        wait(functions.returned, calls.returned, 0);
        wait(functions.drive_wait, calls.wait, DRIVING);
        let each = |body: &mut Body<'_>, next: &dyn Fn(&mut Body<'_>)| {
            let turn = body.local(I64);
            body.block(|body, done| {
                body.loop_(|body, again| {
                    next(body);
                    body.tee(turn).op(I64Eqz).br_if(done).get(turn).call(resume).br(again);
                });
            });
            body.calls(fill);
        };
        for (def, flags) in [(functions.yield_, 0), (functions.drive_yield, DRIVING)] {
            module.function(Some(def), "wasi-shim: yield", ([], []), |body| {
                body.call(calls.round);
                each(body, &|body| {
                    body.i32(flags).call(calls.next);
                });
            });
        }
        if let Some(left) = calls.left {
            module.function(Some(functions.settle), "wasi-shim: settle", ([], []), |body| {
                each(body, &|body| {
                    body.call(left);
                });
            });
        }
        Cancelling { resume, block_on, cancel_turn: calls.cancel_turn, cancelled: calls.cancelled, fill }
    }

    /// `(turn) -> ()`: the part that R names gives the task a turn.
    fn resume(&self, module: &mut CoreModule, imported: &Imported, state: &State) -> Func {
        let own = self.own.map(|own| (own, self.turn(module, imported, state)));
        module.function(None, "wasi-shim: resume", ([I64], []), |body| {
            let (named, [task, part]) = (body.param(0), body.locals([I32; 2]));
            body.get(named).upper_half().set(task);
            body.get(named).op(I32WrapI64).i32(4).op(I32ShrU).set(part);
            for (number, turn) in own.into_iter().chain(imported.others.iter().copied()) {
                body.get(part).u32(number).op(I32Eq).if_(|body| {
                    body.get(task).call(turn).op(Return);
                });
            }
            body.op(Unreachable);
        })
    }

    /// Gives one of the part's own tasks a turn. The part may be in the middle of another task,
    /// whose state is restored afterwards.
    fn turn(&self, module: &mut CoreModule, imported: &Imported, state: &State) -> Func {
        module.function(Some(self.functions.turn), "wasi-shim: turn", ([I32], []), |body| {
            let (task, turn) = (body.param(0), body.local(I32));
            let saved = state.globals().map(|(global, ty)| (global, body.local(ty)));
            for (global, saved) in saved {
                body.global_get(global).set(saved);
            }
            body.get(task).call(imported.calls.turn).set(turn);
            // `(task, whether it is resolved, 0)`
            body.get(task).get(turn).i32(31).op(I32ShrU).i32(0);
            // The slot.
            body.get(turn).i32(i32::MAX).op(I32And).call_indirect(delivery());
            for (global, saved) in saved {
                body.get(saved).global_set(global);
            }
        })
    }
}

impl Cancelling {
    /// A subtask was cancelled and `result` is BLOCKED: its task gets a turn, and if it does not
    /// end with that, a `sync` cancellation waits for it.
    pub(super) fn push(&self, body: &mut Body<'_>, subtask: Local, result: Local, sync: bool) {
        body.get(subtask).call(self.cancel_turn).call(self.resume).calls(self.fill);
        body.get(subtask).call(self.cancelled).set(result);
        if sync {
            body.get(result).i32(BLOCKED).op(I32Eq).if_(|body| {
                // The first event may only tell that the subtask has begun.
                body.loop_(|body, again| {
                    body.get(subtask).call(self.block_on).upper_half().tee(result);
                    body.i32(RETURNED).op(I32LtU).br_if(again);
                });
            });
        }
    }
}
