//! Calls of functions of other parts. A function that returns before the lowering does is called by
//! its sync lowering; a function that may have to wait, by the callee's functions for tasks. If the
//! callee uses backpressure, a call may have to wait before it begins.

use wasm_encoder::Instruction::{Drop, I32Eq, I32ShrU, Return};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::call::Finish;
use super::ends::import_pass;
use super::{RETURNED, Task, delivery};
use crate::canonical_abi::layout::Layout;
use crate::code::{Body, CoreModule, Func, Local, Memory, Signature, Slot};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::PartNumber;

/// The async lowering: `(parameters, address of the result) -> status`.
#[derive(Debug, Clone)]
pub(crate) struct AsyncPartCall {
    pub def: CoreFuncId,
    pub signature: Signature,
    /// All parameters as one record.
    pub params: Layout,
    /// R's `call`.
    pub call: CoreFuncId,
    /// Checks that handles among the parameters may be given away.
    pub check: Option<CoreFuncId>,
    /// Tells R which handles among the parameters the call borrows while it waits.
    pub lent: Option<CoreFuncId>,
    pub callee: Callee,
    pub hold: Option<Hold>,
    pub task: Task,
    /// The first module's `fill`, if the caller reads: the callee may write.
    pub fill: Option<CoreFuncId>,
}

/// The callee of an async lowering.
#[derive(Debug, Clone)]
pub(crate) enum Callee<F = CoreFuncId> {
    /// The sync lowering of a function that does not suspend, and the result.
    Eager(F, Option<Layout>),
    /// The function that begins a task, `(parameters) -> state`; the result, and the slot through
    /// which it is delivered later.
    Task(F, Option<(Finish<F>, Slot)>),
}

/// Holds a call back while the callee has backpressure: the callee's number, the slot with the turn
/// that begins such a call, and functions of R.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold<F = CoreFuncId> {
    pub callee: PartNumber,
    pub slot: Slot,
    pub hold: F,
    pub keep: F,
    pub begin: F,
    pub next: F,
    pub end: F,
}

/// Flat parameters of a sync lowering, and of an async one; more go through memory.
const MAX_FLAT_PARAMS: usize = 16;
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// Whether parameters are in memory for an async lowering and not for a sync one.
fn loads(params: &Layout) -> bool {
    (MAX_FLAT_ASYNC_PARAMS + 1..=MAX_FLAT_PARAMS).contains(&params.flat.len())
}

/// The core parameters of a sync lowering.
fn sync_params(params: &Layout) -> Vec<ValType> {
    match params.flat.len() <= MAX_FLAT_PARAMS {
        true => params.flat.clone(),
        false => vec![I32],
    }
}

/// Pushes the parameters in `given`, which are those of an async lowering, as those of a sync one;
/// `check` looks at them (see [`Pass`](super::Pass)).
fn push_params(body: &mut Body<'_>, params: &Layout, given: &[Local], check: Option<Func>) {
    if check.is_some() {
        body.i32(0).i32(0);
    }
    match loads(params) {
        true => {
            body.check_aligned(given[0], params.align);
            body.get_value(params, given[0]);
        }
        false => {
            body.gets(given);
        }
    }
    body.calls(check);
}

/// The values that the bodies of an async lowering share.
struct Lowering {
    /// The core parameters: `arguments` of the call, and the address of the result, if there is
    /// one.
    given: Vec<ValType>,
    arguments: usize,
    params: Layout,
    callee: Callee<Func>,
    /// Functions that look at the parameters: `check` before a call, `lent` after it.
    check: Option<Func>,
    lent: Option<Func>,
}

impl Callee {
    /// Whether a call of it needs the guest's memory.
    fn uses_memory(&self) -> bool {
        match self {
            Callee::Eager(_, result) => result.as_ref().is_some_and(|result| result.flat.len() == 1),
            Callee::Task(_, finish) => finish.is_some_and(|(finish, _)| finish.value.is_some()),
        }
    }

    fn has_result(&self) -> bool {
        matches!(self, Callee::Eager(_, Some(_)) | Callee::Task(_, Some(_)))
    }

    /// The same as functions of `module`.
    fn import(self, module: &mut CoreModule, params: &Layout, task: &Task) -> Callee<Func> {
        let mut params = sync_params(params);
        match self {
            Callee::Eager(inner, result) => {
                let mut results = Vec::new();
                match &result {
                    None => {}
                    Some(result) if result.flat.len() == 1 => results.push(result.flat[0]),
                    Some(_) => params.push(I32),
                }
                Callee::Eager(module.import(inner, Signature { params, results }), result)
            }
            Callee::Task(start, finish) => {
                let start = module.import(start, Signature { params, results: vec![I32] });
                let finish = finish.map(|(finish, slot)| {
                    module.import_table(task.table);
                    (finish.import(module), slot)
                });
                Callee::Task(start, finish)
            }
        }
    }
}

impl Lowering {
    /// Calls the callee with the parameters of the lowering. Pushes the status.
    fn push(&self, body: &mut Body<'_>) {
        let given = body.params();
        let (arguments, address) = given.split_at(self.arguments);
        match &self.callee {
            Callee::Eager(inner, result) => {
                push_params(body, &self.params, arguments, self.check);
                match result {
                    Some(result) if result.flat.len() == 1 => {
                        let flat = body.local(result.flat[0]);
                        body.call(*inner).set(flat).check_aligned(address[0], result.align);
                        body.store_value(result, &[flat], address[0], 0, Memory::FIRST);
                    }
                    _ => {
                        body.gets(address).call(*inner);
                    }
                }
                body.i32(RETURNED);
            }
            Callee::Task(start, finish) => {
                self.push_start(body, *start);
                let Some((finish, _)) = finish else { return };
                let state = body.local(I32);
                body.tee(state).i32(RETURNED).op(I32Eq).if_(|body| finish.write(body, None, address[0]));
                body.get(state);
            }
        }
    }

    /// Begins a task, and tells which handles the call borrows. Pushes the status.
    fn push_start(&self, body: &mut Body<'_>, start: Func) {
        let given = body.params();
        let arguments = &given[..self.arguments];
        push_params(body, &self.params, arguments, self.check);
        body.call(start);
        if self.lent.is_some() {
            push_params(body, &self.params, arguments, self.lent);
            for _ in sync_params(&self.params) {
                body.op(Drop);
            }
        }
    }

    /// Pushes the cookie of a subtask whose result goes to the address that the lowering was given.
    fn push_cookie(&self, body: &mut Body<'_>) {
        match self.callee {
            Callee::Task(_, Some((_, slot))) => body.cookie(slot, body.param(self.arguments)),
            _ => body.i64(0),
        };
    }
}

impl AsyncPartCall {
    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        loads(&self.params) || self.callee.uses_memory()
    }

    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let AsyncPartCall { def, signature, params, call, check, lent, callee, hold, task, fill } = self;
        let [check, lent] = [check, lent].map(|look| import_pass(module, look, &sync_params(&params)));
        let call = module.import(call, ([I64, I32], []));
        let arguments = signature.params.len() - usize::from(callee.has_result());
        let callee = callee.import(module, &params, &task);
        let fill = fill.map(|fill| module.import(fill, ([], [])));
        let hold = hold.map(|hold| {
            module.import_table(task.table);
            hold.import(module)
        });
        let lowering = Lowering { given: signature.params.clone(), arguments, params, callee, check, lent };
        module.function(Some(def), "wasi-shim: call", signature, |body| {
            if let Some(hold) = hold {
                hold.push(body, &lowering);
            }
            lowering.push_cookie(body);
            body.i32(0).call(call);
            lowering.push(body);
            body.calls(fill);
        });
        if let Callee::Task(_, Some((finish, slot))) = &lowering.callee {
            finish.add_delivery(module, *slot);
        }
        if let Some(hold) = hold {
            hold.add_turn(module, &lowering);
        }
    }
}

impl Hold {
    /// The same as functions of `module`.
    fn import(self, module: &mut CoreModule) -> Hold<Func> {
        Hold {
            callee: self.callee,
            slot: self.slot,
            hold: module.import(self.hold, ([I32, I32, I64], [I32])),
            keep: module.import(self.keep, ([I64], [])),
            begin: module.import(self.begin, ([I32], [])),
            next: module.import(self.next, ([I32], [I64])),
            end: module.import(self.end, ([I32, I32], [])),
        }
    }
}

impl Hold<Func> {
    /// If the call has to wait, returns the status from the lowering; R keeps the parameters.
    fn push(&self, body: &mut Body<'_>, lowering: &Lowering) {
        let status = body.local(I32);
        body.u32(self.callee).u32(self.slot);
        lowering.push_cookie(body);
        body.call(self.hold).tee(status).if_(|body| {
            for given in body.params() {
                body.get_bits(given).call(self.keep);
            }
            body.get(status).op(Return);
        });
    }

    /// Adds the turn that begins such a call: `(task, _, _)`.
    fn add_turn(&self, module: &mut CoreModule, lowering: &Lowering) {
        let inner = self.add_begin(module, lowering);
        let turn = module.function(None, "wasi-shim: begin a call", delivery(), |body| {
            let task = body.param(0);
            body.get(task).call(self.begin);
            // `held-end` takes the task before the answer of the call.
            body.get(task);
            for ty in &lowering.given {
                let bits = body.local(I64);
                body.get(task).call(self.next).set(bits).get_flat(bits, *ty);
            }
            body.call(inner).call(self.end);
        });
        module.slot(self.slot, turn);
    }

    /// Adds the call itself: `(as given) -> whether it has returned without a task`.
    fn add_begin(&self, module: &mut CoreModule, lowering: &Lowering) -> Func {
        let signature = Signature { params: lowering.given.clone(), results: vec![I32] };
        module.function(None, "wasi-shim: begin", signature, |body| {
            let returned = match lowering.callee {
                // The result is delivered with the event.
                Callee::Task(start, _) => {
                    lowering.push_start(body, start);
                    0
                }
                Callee::Eager(..) => {
                    lowering.push(body);
                    1
                }
            };
            body.op(Drop).i32(returned);
        })
    }
}

/// The sync lowering of a function that begins a task, or that backpressure may hold back:
/// `(parameters, [address]) -> [value]`.
#[derive(Debug, Clone)]
pub(crate) struct SyncPartCall {
    pub def: CoreFuncId,
    pub signature: Signature,
    /// R's `call`, if the callee asks for the caller.
    pub call: Option<CoreFuncId>,
    /// The first module's `fill`, if the caller reads: the callee may write.
    pub fill: Option<CoreFuncId>,
    /// If the callee uses backpressure: its number, and `(callee) -> event`, which waits for that.
    pub enter: Option<(PartNumber, CoreFuncId)>,
    /// All parameters as one record, and the function that checks that handles among them may be
    /// given away.
    pub params: Layout,
    pub check: Option<CoreFuncId>,
    pub callee: SyncCallee,
}

/// The callee of a sync lowering.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SyncCallee<F = CoreFuncId> {
    /// The function.
    Plain(F),
    /// The functions that begin a task, wait until it has returned (`(subtask) -> event`), and
    /// fetch the result.
    Task { start: F, returned: F, finish: Option<Finish<F>> },
}

impl SyncPartCall {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let SyncPartCall { def, signature, call, fill, enter, params, check, callee } = self;
        let params = sync_params(&params);
        let arguments = params.len();
        let check = import_pass(module, check, &params);
        let call = call.map(|call| module.import(call, ([I64, I32], [])));
        let fill = fill.map(|fill| module.import(fill, ([], [])));
        let enter = enter.map(|(callee, enter)| (callee, module.import(enter, ([I32], [I64]))));
        let callee = match callee {
            SyncCallee::Plain(inner) => SyncCallee::Plain(module.import(inner, signature.clone())),
            SyncCallee::Task { start, returned, finish } => SyncCallee::Task {
                start: module.import(start, Signature { params, results: vec![I32] }),
                returned: module.import(returned, ([I32], [I64])),
                finish: finish.map(|finish| finish.import(module)),
            },
        };
        module.function(Some(def), "wasi-shim: call", signature, |body| {
            let mut given = body.params();
            let address = given.split_off(arguments);
            if let Some((callee, enter)) = enter {
                body.u32(callee).call(enter).op(Drop);
            }
            if let Some(call) = call {
                body.i64(0).i32(1).call(call);
            }
            if check.is_some() {
                body.i32(0).i32(0);
            }
            body.gets(given).calls(check);
            match callee {
                SyncCallee::Plain(inner) => {
                    body.gets(address).call(inner);
                }
                SyncCallee::Task { start, returned, finish } => {
                    let subtask = body.local(I32);
                    body.call(start).i32(4).op(I32ShrU).tee(subtask).if_(|body| {
                        body.get(subtask).call(returned).op(Drop);
                    });
                    if let Some(finish) = finish {
                        body.i32(0).gets(address).call(finish.func);
                    }
                }
            }
            body.calls(fill);
        });
    }
}
