//! The callee's side of a call from part to part: a task begins, goes on, and its result is
//! fetched.

use wasm_encoder::Instruction::{I32And, I32Eq, I32Eqz, I32Or, I64Eq, I64Eqz};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::driver::Collect;
use super::ends::import_pass;
use super::{ReturnKind, ReturnValue, Task, delivery};
use crate::code::{Body, CoreModule, Func, Local, Signature, Slot};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::PartNumber;

/// The code of the event that asks a task to end; the event has no waitable.
const TASK_CANCELLED: i64 = 6;

/// Functions of R.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnCalls<F = CoreFuncId> {
    pub caller: F,
    pub start: F,
    pub answer: F,
    pub suspend: F,
    pub exit: F,
    pub return_: F,
    pub event: F,
    pub context: F,
}

/// The functions of an async export besides its driver: `(params) -> state` begins a task, and the
/// function in `slot` of the table gives it a turn.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    pub def: CoreFuncId,
    pub core: CoreFuncId,
    pub params: Vec<ValType>,
    pub callback: CoreFuncId,
    pub given: ReturnValue,
    pub task: Task,
    /// The number of the part.
    pub part: PartNumber,
    /// Passes the ends in the parameters: see [`Pass`](super::Pass).
    pub pass: Option<CoreFuncId>,
    /// The first module's `fill`, if the part reads: other parts may have written.
    pub fill: Option<CoreFuncId>,
    pub slot: Slot,
    /// The kind of its `task.return`.
    pub kind: ReturnKind,
    pub calls: TurnCalls,
}

/// Functions of R and of the first module, as functions of the module.
struct Imported {
    calls: TurnCalls<Func>,
    set_caller: Func,
    fill: Option<Func>,
    enter: Func,
    context: Func,
    has_returned: Func,
    hold: Option<Func>,
    collect: Collect,
}

impl Turns {
    /// Adds the functions.
    pub fn build(self, module: &mut CoreModule) {
        let Turns { def, core, params, callback, given, task, part, pass, fill, slot, kind, calls } = self;
        let core = module.import(core, Signature { params: params.clone(), results: vec![I32] });
        let callback = module.import(callback, ([I32; 3], [I32]));
        let deliver = module.import(task.deliver, ([I32, I32], []));
        let set_caller = module.import(task.set_caller, ([I32], []));
        let pass = import_pass(module, pass, &params);
        let fill = fill.map(|fill| module.import(fill, ([], [])));
        let reset = given.area().map(|area| module.import(area.reset, ([], [])));
        let hold = given.area().map(|area| module.import(area.hold, ([], [])));
        let imported = Imported {
            calls: TurnCalls {
                caller: module.import(calls.caller, ([I32], [I32])),
                start: module.import(calls.start, ([I32], [I32])),
                answer: module.import(calls.answer, ([I32], [I32])),
                suspend: module.import(calls.suspend, ([I32, I32, I64], [])),
                exit: module.import(calls.exit, ([I32], [])),
                return_: module.import(calls.return_, ([I32, I64], [])),
                event: module.import(calls.event, ([I32], [I64])),
                context: module.import(calls.context, ([I32], [I64])),
            },
            set_caller,
            fill,
            enter: module.import(task.enter, ([I32, I32, I64, I32], [])),
            context: module.import(task.context, ([], [I64])),
            has_returned: module.import(task.has_returned, ([], [I32])),
            hold,
            collect: Collect::import(given, task, module),
        };
        module.import_table(task.table);
        let TurnCalls { caller, start, answer, event, context, .. } = imported.calls;
        let signature = Signature { params, results: vec![I32] };
        module.function(Some(def), "wasi-shim: start", signature, |body| {
            let this = body.local(I32);
            body.u32(slot).call(start).tee(this).i32(0).i64(0).u32(kind).call(imported.enter);
            imported.push_entry(body, this);
            body.calls(reset);
            if pass.is_some() {
                body.get(this).call(caller).u32(part);
            }
            body.get_params().calls(pass).call(core);
            imported.push_end(body, this, None);
            body.i32(0).i32(0).i64(0).i32(0).call(imported.enter).get(this).call(answer);
        });
        let turn = module.function(None, "wasi-shim: turn", delivery(), |body| {
            let ([this, resolved], happened) = (body.first_params(), body.local(I64));
            body.get(this).get(resolved).get(this).call(context).u32(kind).call(imported.enter);
            imported.push_entry(body, this);
            body.get(this).call(event).tee(happened).op(I64Eqz);
            body.get(happened).i64(TASK_CANCELLED).op(I64Eq).op(I32Or).op(I32Eqz).if_(|body| {
                body.waitable_of(happened).payload_of(happened).call(deliver);
            });
            body.code_of(happened).waitable_of(happened).payload_of(happened).call(callback);
            imported.push_end(body, this, Some(resolved));
        });
        module.slot(slot, turn);
    }
}

impl Imported {
    /// A turn of task `this` begins.
    fn push_entry(&self, body: &mut Body<'_>, this: Local) {
        body.get(this).call(self.calls.caller).call(self.set_caller).calls(self.fill);
    }

    /// The turn ends, with the callback code on the stack. `resolved` says whether the task had
    /// returned before.
    fn push_end(&self, body: &mut Body<'_>, this: Local, resolved: Option<Local>) {
        let [status, returned] = body.locals([I32; 2]);
        let TurnCalls { suspend, exit, return_, .. } = self.calls;
        body.set(status).call(self.has_returned).tee(returned).i32(1).op(I32Eq);
        if let Some(resolved) = resolved {
            body.get(resolved).op(I32Eqz).op(I32And);
        }
        body.if_(|body| {
            let bits = body.local(I64);
            self.collect.push(body);
            body.set(bits).calls(self.hold).get(this).get(bits).call(return_);
        });
        body.get(status).i32(0xf).op(I32And).if_else(
            None,
            |body| {
                body.get(this).get(status).call(self.context).call(suspend);
            },
            |body| {
                body.get(returned).op(I32Eqz).if_(|body| self.collect.push_none(body));
                body.get(this).call(exit);
            },
        );
    }
}

/// Fetches the result of a call that R knows to have returned: `(subtask) -> [result]`.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    pub def: CoreFuncId,
    pub given: ReturnValue,
    /// R's `task-result`.
    pub result: CoreFuncId,
}

impl Fetch {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let Fetch { def, given, result } = self;
        let result = module.import(result, ([], [I64]));
        let release = given.area().map(|area| module.import(area.release, ([], [])));
        let signature = Signature { params: vec![I32], results: given.flat().into_iter().collect() };
        module.function(Some(def), "wasi-shim: finish", signature, |body| {
            let bits = body.local(I64);
            body.call(result).set(bits).calls(release);
            given.push(body, bits);
        });
    }
}
