//! Calls of functions of other parts: of one that returns before the lowering does, by the sync lowering; of one that may have to wait, by
//! what the callee has for tasks. Where the callee uses backpressure, a call may have to wait until it begins.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::call::{Finish, import_finish, push_finish};
use super::values::{Body, Flat};
use super::{RETURNED, Task, delivery, push_cookie};
use crate::layout::Layout;
use crate::substitute::{CoreModule, Signature};

use ValType::{I32, I64};

/// The async lowering: `(parameters, address of the result) -> status`.
#[derive(Debug, Clone)]
pub(crate) struct AsyncPartCall {
    pub def: u32,
    pub signature: Signature,
    /// All parameters as one record.
    pub params: Layout,
    /// R's `call`.
    pub call: u32,
    /// What looks whether handles among the parameters may be given away.
    pub check: Option<u32>,
    /// What tells R which handles among them the call borrows while it waits.
    pub lent: Option<u32>,
    pub callee: Callee,
    pub hold: Option<Hold>,
    pub task: Task,
    /// The first module's `fill`, if the caller reads: the callee may write.
    pub fill: Option<u32>,
}

/// What is called.
#[derive(Debug, Clone)]
pub(crate) enum Callee {
    /// The sync lowering of a function that does not suspend, and the result.
    Eager(u32, Option<Layout>),
    /// What begins a task, `(parameters) -> state`; the result, and the slot through which it is delivered later.
    Task(u32, Option<(Finish, u32)>),
}

/// What holds a call back while the callee has backpressure: the callee's number, the slot with the turn that begins such a call, and
/// functions of R.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    pub callee: u32,
    pub slot: u32,
    pub hold: u32,
    pub keep: u32,
    pub begin: u32,
    pub next: u32,
    pub end: u32,
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

/// Pushes the parameters of a sync lowering, which were given to an async one as the first `given` parameters; `check` looks at them
/// (see [`Pass`](super::Pass)).
fn push_params(body: &mut Body, params: &Layout, given: u32, check: Option<u32>) {
    body.run.extend(check.into_iter().flat_map(|_| [Instruction::I32Const(0), Instruction::I32Const(0)]));
    match loads(params) {
        true => {
            body.check_aligned(0, params.align);
            let flats: Vec<Flat> = params.flat.iter().map(|ty| (body.local(*ty), *ty)).collect();
            body.load(params, &flats, 0, 0);
            body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
        }
        false => body.run.extend((0..given).map(Instruction::LocalGet)),
    }
    body.run.extend(check.map(Instruction::Call));
}

/// What the bodies of an async lowering share, as indices of the module.
struct Lowering {
    /// What it is given: parameters, and from local `address` on the address of the result.
    given: Vec<ValType>,
    params: Layout,
    address: u32,
    callee: Callee,
    /// What looks at parameters before a call, and after it.
    check: Option<u32>,
    lent: Option<u32>,
}

fn import_check(module: &mut CoreModule, check: Option<u32>, params: Vec<ValType>) -> Option<u32> {
    let all = [I32, I32].into_iter().chain(params.iter().copied()).collect();
    check.map(|check| module.import_at(check, Signature { params: all, results: params }))
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

    /// The same as indices of `module`.
    fn import(self, module: &mut CoreModule, params: &Layout, task: &Task) -> Callee {
        let mut params = sync_params(params);
        match self {
            Callee::Eager(inner, result) => {
                let mut results = Vec::new();
                match &result {
                    None => {}
                    Some(result) if result.flat.len() == 1 => results.push(result.flat[0]),
                    Some(_) => params.push(I32),
                }
                Callee::Eager(module.import_at(inner, Signature { params, results }), result)
            }
            Callee::Task(start, finish) => {
                let start = module.import_at(start, Signature { params, results: vec![I32] });
                let finish = finish.map(|(finish, kind)| {
                    module.import_table(task.table);
                    (Finish { func: import_finish(module, finish), ..finish }, kind)
                });
                Callee::Task(start, finish)
            }
        }
    }
}

impl Lowering {
    /// Calls it with what the lowering was given. Pushes the status.
    fn push(&self, body: &mut Body) {
        match &self.callee {
            Callee::Eager(inner, result) => {
                push_params(body, &self.params, self.address, self.check);
                match result {
                    None => body.run.push(Instruction::Call(*inner)),
                    Some(result) if result.flat.len() == 1 => {
                        let flat = (body.local(result.flat[0]), result.flat[0]);
                        body.run.extend([Instruction::Call(*inner), Instruction::LocalSet(flat.0)]);
                        body.check_aligned(self.address, result.align);
                        body.store(result, &[flat], self.address, 0, 0);
                    }
                    Some(_) => body.run.extend([Instruction::LocalGet(self.address), Instruction::Call(*inner)]),
                }
                body.run.push(Instruction::I32Const(RETURNED));
            }
            Callee::Task(start, finish) => {
                self.push_start(body, *start);
                let Some((how, _)) = finish else { return };
                let state = body.local(I32);
                body.run.extend([
                    Instruction::LocalTee(state),
                    Instruction::I32Const(RETURNED),
                    Instruction::I32Eq,
                    Instruction::If(BlockType::Empty),
                ]);
                push_finish(&mut body.run, how.func, *how, Instruction::I32Const(0), self.address);
                body.run.extend([Instruction::End, Instruction::LocalGet(state)]);
            }
        }
    }

    /// Begins a task, and tells which handles the call borrows. Pushes the status.
    fn push_start(&self, body: &mut Body, start: u32) {
        push_params(body, &self.params, self.address, self.check);
        body.run.push(Instruction::Call(start));
        if self.lent.is_some() {
            push_params(body, &self.params, self.address, self.lent);
            body.run.extend(sync_params(&self.params).iter().map(|_| Instruction::Drop));
        }
    }

    /// Pushes the cookie of a subtask that has its result written to the address that the lowering was given.
    fn push_cookie(&self, body: &mut Body) {
        match self.callee {
            Callee::Task(_, Some((_, kind))) => push_cookie(&mut body.run, kind, self.address),
            _ => body.run.push(Instruction::I64Const(0)),
        }
    }
}

impl AsyncPartCall {
    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        loads(&self.params) || self.callee.uses_memory()
    }

    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let AsyncPartCall { def, signature, params, call, check, lent, callee, hold, task, fill } = self;
        let [check, lent] = [check, lent].map(|look| import_check(module, look, sync_params(&params)));
        let call = module.import_at(call, Signature::new(&[I64, I32], &[]));
        let callee = callee.import(module, &params, &task);
        let fill = fill.map(|fill| module.import_at(fill, Signature::default()));
        let hold = hold.map(|hold| {
            module.import_table(task.table);
            hold.import(module)
        });
        move |module| {
            let given = signature.params.clone();
            let address = given.len() as u32 - u32::from(callee.has_result());
            let lowering = Lowering { given, params, address, callee, check, lent };
            let mut body = Body::new(lowering.given.len());
            if let Some(hold) = hold {
                hold.push(&mut body, &lowering);
            }
            lowering.push_cookie(&mut body);
            body.run.extend([Instruction::I32Const(0), Instruction::Call(call)]);
            lowering.push(&mut body);
            body.run.extend(fill.map(Instruction::Call));
            module.add(Some(def), "wasi-shim: call", signature, body.into_code());
            if let Callee::Task(_, Some((how, kind))) = &lowering.callee {
                super::call::add_delivery(module, how.func, *how, *kind);
            }
            if let Some(hold) = hold {
                hold.add_turn(module, &lowering);
            }
        }
    }
}

impl Hold {
    /// The same as indices of `module`.
    fn import(self, module: &mut CoreModule) -> Hold {
        Hold {
            hold: module.import_at(self.hold, Signature::new(&[I32, I32, I64], &[I32])),
            keep: module.import_at(self.keep, Signature::new(&[I64], &[])),
            begin: module.import_at(self.begin, Signature::new(&[I32], &[])),
            next: module.import_at(self.next, Signature::new(&[I32], &[I64])),
            end: module.import_at(self.end, Signature::new(&[I32, I32], &[])),
            ..self
        }
    }

    /// Returns what the lowering answers if the call has to wait; what it was given is kept.
    fn push(&self, body: &mut Body, lowering: &Lowering) {
        let status = body.local(I32);
        body.run.extend([Instruction::I32Const(self.callee as i32), Instruction::I32Const(self.slot as i32)]);
        lowering.push_cookie(body);
        body.run.extend([
            Instruction::Call(self.hold),
            Instruction::LocalTee(status),
            Instruction::If(BlockType::Empty),
        ]);
        for (at, ty) in lowering.given.iter().enumerate() {
            body.push_bits((at as u32, *ty));
            body.run.push(Instruction::Call(self.keep));
        }
        body.run.extend([Instruction::LocalGet(status), Instruction::Return, Instruction::End]);
    }

    /// Adds the turn that begins such a call: `(task, _, _)`.
    fn add_turn(&self, module: &mut CoreModule, lowering: &Lowering) {
        let inner = self.add_begin(module, lowering);
        let mut body = Body::new(3);
        body.run.extend([Instruction::LocalGet(0), Instruction::Call(self.begin)]);
        // `held-end` wants the task before what the call answers.
        body.run.push(Instruction::LocalGet(0));
        for ty in &lowering.given {
            let bits = body.local(I64);
            body.run.extend([Instruction::LocalGet(0), Instruction::Call(self.next), Instruction::LocalSet(bits)]);
            body.push_flat((bits, I64), *ty);
        }
        body.run.extend([Instruction::Call(inner), Instruction::Call(self.end)]);
        let turn = module.add(None, "wasi-shim: begin a call", delivery(), body.into_code());
        module.slot_at(self.slot, turn);
    }

    /// Adds the call itself: `(as given) -> whether it has returned without a task`.
    fn add_begin(&self, module: &mut CoreModule, lowering: &Lowering) -> u32 {
        let mut body = Body::new(lowering.given.len());
        let returned = match lowering.callee {
            // Its result is delivered with the event.
            Callee::Task(start, _) => {
                lowering.push_start(&mut body, start);
                0
            }
            Callee::Eager(..) => {
                lowering.push(&mut body);
                1
            }
        };
        body.run.extend([Instruction::Drop, Instruction::I32Const(returned)]);
        let signature = Signature { params: lowering.given.clone(), results: vec![I32] };
        module.add(None, "wasi-shim: begin", signature, body.into_code())
    }
}

/// The sync lowering of a function that begins a task, or that backpressure may hold back: `(parameters, [address]) -> [value]`.
#[derive(Debug, Clone)]
pub(crate) struct SyncPartCall {
    pub def: u32,
    pub signature: Signature,
    /// R's `call`, if the callee asks for the caller.
    pub call: Option<u32>,
    /// The first module's `fill`, if the caller reads: the callee may write.
    pub fill: Option<u32>,
    /// The callee's number and what waits for its backpressure, if it uses that: `(callee) -> event`.
    pub enter: Option<(u32, u32)>,
    /// All parameters as one record, and what looks whether handles among them may be given away.
    pub params: Layout,
    pub check: Option<u32>,
    pub callee: SyncCallee,
}

/// What is called.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SyncCallee {
    /// The function.
    Plain(u32),
    /// What begins a task; what waits until it has returned, `(subtask) -> event`; the result.
    Task { start: u32, returned: u32, finish: Option<Finish> },
}

impl SyncPartCall {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let SyncPartCall { def, signature, call, fill, enter, params, check, callee } = self;
        let params = sync_params(&params);
        let given = params.len() as u32;
        let check = import_check(module, check, params.clone());
        let call = call.map(|call| module.import_at(call, Signature::new(&[I64, I32], &[])));
        let fill = fill.map(|fill| module.import_at(fill, Signature::default()));
        let enter = enter.map(|(callee, enter)| (callee, module.import_at(enter, Signature::new(&[I32], &[I64]))));
        let callee = match callee {
            SyncCallee::Plain(inner) => SyncCallee::Plain(module.import_at(inner, signature.clone())),
            SyncCallee::Task { start, returned, finish } => SyncCallee::Task {
                start: module.import_at(start, Signature { params, results: vec![I32] }),
                returned: module.import_at(returned, Signature::new(&[I32], &[I64])),
                finish: finish.map(|finish| Finish { func: import_finish(module, finish), ..finish }),
            },
        };
        move |module| {
            let mut body = Body::new(signature.params.len());
            if let Some((callee, enter)) = enter {
                body.run.extend([Instruction::I32Const(callee as i32), Instruction::Call(enter), Instruction::Drop]);
            }
            if let Some(call) = call {
                body.run.extend([Instruction::I64Const(0), Instruction::I32Const(1), Instruction::Call(call)]);
            }
            body.run.extend(check.into_iter().flat_map(|_| [Instruction::I32Const(0), Instruction::I32Const(0)]));
            body.run.extend((0..given).map(Instruction::LocalGet));
            body.run.extend(check.map(Instruction::Call));
            match callee {
                SyncCallee::Plain(inner) => {
                    body.run.extend((given..signature.params.len() as u32).map(Instruction::LocalGet));
                    body.run.push(Instruction::Call(inner));
                }
                SyncCallee::Task { start, returned, finish } => {
                    let subtask = body.local(I32);
                    body.run.extend([
                        Instruction::Call(start),
                        Instruction::I32Const(4),
                        Instruction::I32ShrU,
                        Instruction::LocalTee(subtask),
                        Instruction::If(BlockType::Empty),
                        Instruction::LocalGet(subtask),
                        Instruction::Call(returned),
                        Instruction::Drop,
                        Instruction::End,
                    ]);
                    if let Some(finish) = finish {
                        body.run.push(Instruction::I32Const(0));
                        body.run.extend(finish.value.is_none().then_some(Instruction::LocalGet(given)));
                        body.run.push(Instruction::Call(finish.func));
                    }
                }
            }
            body.run.extend(fill.map(Instruction::Call));
            module.add(Some(def), "wasi-shim: call", signature, body.into_code());
        }
    }
}
