//! Calls of async functions: begin the call, and return the result when the call has returned.

use wasm_encoder::Instruction::{Drop, I32Eq, I32Load, I32ShrU};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::sized_result::SizedResult;
use super::{RETURNED, Task, delivery};
use crate::code::{Body, CoreModule, Func, Local, Memory, Signature, Slot};
use crate::component::CoreFuncId;

/// How a call begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// With the parameters as they are.
    Direct(CoreFuncId),
    /// With the parameters in memory, as a list of one tuple. A list of bytes in it, whose address
    /// and length are at this offset, travels beside them, in chunks.
    ByList(CoreFuncId, Option<u32>),
}

/// The function that fetches the result: `(subtask, [address]) -> [value]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish<F = CoreFuncId> {
    pub func: F,
    /// The flat type and the size in memory of a result that is one flat value. Other results are
    /// written to the address.
    pub value: Option<(ValType, u32)>,
}

/// The async lowering of an async function: `(params…, [address]) -> state`.
#[derive(Debug, Clone)]
pub(crate) struct AsyncCall {
    pub def: CoreFuncId,
    pub name: String,
    pub params: Vec<ValType>,
    pub start: Start,
    /// The result and the slot through which it is delivered later.
    pub finish: Option<(Finish, Slot)>,
    pub sized: Option<SizedResult>,
    pub task: Task,
    /// Tells R which part of a composition calls.
    pub identify: Option<CoreFuncId>,
}

impl AsyncCall {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let arguments = self.params.len() - usize::from(self.finish.is_some());
        let start = import_start(module, self.start, &self.params[..arguments]);
        let finish = self.finish.map(|(finish, slot)| (finish.import(module), slot));
        let sized = self.sized.map(|sized| sized.import(module));
        let identify = self.identify.map(|identify| module.import(identify, ([], [])));
        if finish.is_some() {
            module.import_table(self.task.table);
        }
        let sized = sized.map(|sized| sized.add(module));
        let signature = Signature { params: self.params, results: vec![I32] };
        module.function(Some(self.def), self.name, signature, |body| {
            let state = body.local(I32);
            let given = body.params();
            let (is_list, bytes) = match self.start {
                Start::Direct(_) => (false, None),
                Start::ByList(_, bytes) => (true, bytes),
            };
            let sized_len = (sized.is_some() || bytes.is_some()).then(|| body.local(I32));
            body.calls(identify).gets(&given[..arguments]);
            if is_list {
                body.i32(1);
            }
            if let Some(bytes) = bytes {
                let (list, [pointer, len]) = (given[0], body.locals([I32; 2]));
                for (offset, local) in [(bytes, pointer), (bytes + 4, len)] {
                    body.get(list).load(I32Load, Memory::FIRST, offset).set(local);
                }
                body.in_chunks(pointer, len);
            }
            let Some((finish, slot)) = finish else {
                body.i64(0).call(start);
                return;
            };
            let address = given[arguments];
            body.cookie(slot, address).call(start).set(state);
            let write = |body: &mut Body<'_>| {
                body.get(state).i32(RETURNED).op(I32Eq).if_(|body| finish.write(body, None, address));
            };
            match sized.zip(sized_len) {
                Some((finish, len)) => SizedResult::push(body, finish, [state, address, len], write),
                None => write(body),
            }
            body.get(state);
        });
        if let Some((finish, slot)) = finish {
            finish.add_delivery(module, slot);
        }
    }
}

impl Finish {
    /// The same as a function of `module`.
    pub(super) fn import(self, module: &mut CoreModule) -> Finish<Func> {
        let signature = match self.value {
            Some((ty, _)) => ([I32], [ty]).into(),
            None => Signature::from(([I32, I32], [])),
        };
        Finish { func: module.import(self.func, signature), value: self.value }
    }
}

impl Finish<Func> {
    /// Adds the function in `slot`, which delivers a result later.
    pub(super) fn add_delivery(self, module: &mut CoreModule, slot: Slot) {
        let deliver = module.function(None, "wasi-shim: deliver a result", delivery(), |body| {
            let [subtask, address, state] = body.first_params();
            body.get(state).i32(RETURNED).op(I32Eq).if_(|body| self.write(body, Some(subtask), address));
        });
        module.slot(slot, deliver);
    }

    /// Writes the result of a subtask, or of a call that returned without one, to an address.
    pub(super) fn write(self, body: &mut Body<'_>, subtask: Option<Local>, address: Local) {
        match self.value {
            None => body.subtask(subtask).get(address).call(self.func),
            // A single flat value is aligned to its size.
            Some((ty, size)) => {
                body.check_aligned(address, size);
                body.get(address).subtask(subtask).call(self.func).store_flat(ty, size, Memory::FIRST, 0)
            }
        };
    }
}

impl Body<'_> {
    /// Pushes a subtask, or 0.
    fn subtask(&mut self, subtask: Option<Local>) -> &mut Self {
        match subtask {
            Some(subtask) => self.get(subtask),
            None => self.i32(0),
        }
    }
}

/// Functions of R to wait for one waitable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocking<F = CoreFuncId> {
    pub alone: F,
    pub block_on: F,
    pub subtask_drop: F,
}

impl Blocking {
    /// The same as functions of `module`.
    pub fn import(self, module: &mut CoreModule) -> Blocking<Func> {
        Blocking {
            alone: module.import(self.alone, ([I32], [])),
            block_on: module.import(self.block_on, ([I32], [I64])),
            subtask_drop: module.import(self.subtask_drop, ([I32], [])),
        }
    }
}

impl Blocking<Func> {
    /// Waits for the event of a waitable, and pushes its payload.
    pub fn push_wait(&self, body: &mut Body<'_>, waitable: Local) {
        body.get(waitable).call(self.block_on).upper_half();
    }
}

/// The sync lowering of an async function: `(params…, [address]) -> [value]`.
#[derive(Debug, Clone)]
pub(crate) struct SyncCall {
    pub def: CoreFuncId,
    pub name: String,
    pub signature: Signature,
    pub start: CoreFuncId,
    /// Whether `start` takes a cookie.
    pub has_cookie: bool,
    pub finish: Option<Finish>,
    pub sized: Option<SizedResult>,
    pub blocking: Blocking,
    /// Tells R which part of a composition calls.
    pub identify: Option<CoreFuncId>,
}

impl SyncCall {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let through_memory = self.finish.is_some_and(|finish| finish.value.is_none());
        let arguments = self.signature.params.len() - usize::from(through_memory);
        let mut taken = self.signature.params[..arguments].to_vec();
        taken.extend(self.has_cookie.then_some(I64));
        let start = module.import(self.start, Signature { params: taken, results: vec![I32] });
        let finish = self.finish.map(|finish| finish.import(module));
        let blocking = self.blocking.import(module);
        let sized = self.sized.map(|sized| sized.import(module));
        let identify = self.identify.map(|identify| module.import(identify, ([], [])));
        let sized = sized.map(|sized| sized.add(module));
        module.function(Some(self.def), self.name, self.signature, |body| {
            let subtask = body.local(I32);
            let sized = sized.map(|finish| (finish, body.local(I32)));
            let kept = finish.and_then(|finish| finish.value).map(|(ty, _)| body.local(ty));
            let given = body.params();
            body.calls(identify).gets(&given[..arguments]);
            if self.has_cookie {
                body.i64(0);
            }
            body.call(start);
            // Goes on from the answer of `start` on the stack.
            let rest = |body: &mut Body<'_>| {
                body.i32(4).op(I32ShrU).tee(subtask).if_(|body| {
                    blocking.push_wait(body, subtask);
                    body.op(Drop);
                });
                if let Some(finish) = finish {
                    body.get(subtask).gets(&given[arguments..]).call(finish.func);
                }
                if let Some(kept) = kept {
                    body.set(kept);
                }
                body.get(subtask).if_(|body| {
                    body.get(subtask).call(blocking.subtask_drop);
                });
            };
            match sized {
                Some((finish, len)) => {
                    body.set(subtask);
                    SizedResult::push(body, finish, [subtask, given[arguments], len], |body| {
                        body.get(subtask);
                        rest(body);
                    });
                }
                None => rest(body),
            }
            body.gets(kept);
        });
    }
}

fn import_start(module: &mut CoreModule, start: Start, arguments: &[ValType]) -> Func {
    let (func, mut params) = match start {
        Start::Direct(func) => (func, arguments.to_vec()),
        Start::ByList(func, None) => (func, vec![I32; 2]),
        Start::ByList(func, Some(_)) => (func, vec![I32; 6]),
    };
    params.push(I64);
    module.import(func, Signature { params, results: vec![I32] })
}
