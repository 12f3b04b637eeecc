//! The generated code that replaces functions of the guest.
//!
//! Trampolines forward core values; they know neither types nor resources. A lowered function that
//! was split becomes: call `start`; while it is not complete, wait; call `finish`.

mod handler;
mod relay;

pub(crate) use handler::{Handle, Respond, callback};
pub(crate) use relay::{Answers, Beside, Deliver, RelayCall, SetThenDeliver, memory as relay_memory};
use wasm_encoder::Instruction::{
    Drop, I32Add, I32And, I32Eq, I32Eqz, I32Ne, I32ShrU, I32Store, I32Store8, I32Sub, I32WrapI64, I64Add,
    I64ExtendI32U, I64GtU, I64Shl, I64ShrU, Return,
};
use wasm_encoder::ValType::{I32, I64};

use super::interface::{BulkResult, Shape};
use crate::code::{Body, CHUNK, CoreModule, Func, Local, Memory, Signature, forward};
use crate::component::{Component, CoreFuncId, TableId};
use crate::link::GiveBack;

/// What an engine shows in the backtrace of a wait that nobody may make.
const CANNOT_WAIT: &str = "wasi-shim: this call has to wait, but no async export of the component is running";

/// What `wait-now` answers if the host may have something to tell.
const LOOK: i32 = 2;

/// The gate: what every wait goes through. It knows whether an async export is running, for only there may a
/// component wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// `() -> ()`: an async export begins to run guest code.
    pub enter: CoreFuncId,
    /// `() -> ()`: it ceases to.
    pub leave: CoreFuncId,
    /// `(token) -> ()`: waits until the operation is complete.
    pub wait: CoreFuncId,
    /// `() -> i32`: whether an async export is running.
    pub is_running: CoreFuncId,
    /// `() -> i32`: from here on it is as if none were. `resume` takes the answer.
    pub pause: CoreFuncId,
    /// `(i32) -> ()`: ends a pause.
    pub resume: CoreFuncId,
    /// `() -> ()`: the request that is being handled is answered.
    pub answer: CoreFuncId,
    /// `() -> i32`: whether it was. From here on it is as if it were not.
    pub take_answered: CoreFuncId,
}

/// Who asks the gate for more than to wait.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Uses {
    /// Somebody asks whether an async export is running.
    pub asks: bool,
    /// A part of a composition asks, too, and pauses it.
    pub pauses: bool,
    /// A service asks whether a request is answered.
    pub answers: bool,
    /// Functions that are not async wait, too: the lowered `look`.
    pub look: Option<CoreFuncId>,
}

impl Gate {
    /// The gate of `component`.
    pub fn new(component: &mut Component<'_>) -> Gate {
        let mut fresh = || component.fresh();
        Gate {
            enter: fresh(),
            leave: fresh(),
            wait: fresh(),
            is_running: fresh(),
            pause: fresh(),
            resume: fresh(),
            answer: fresh(),
            take_answered: fresh(),
        }
    }

    /// Adds the gate to `module`, from the lowered `wait` and `wait-now`.
    pub fn add_to(&self, module: &mut CoreModule, wait: CoreFuncId, wait_now: CoreFuncId, uses: Uses) {
        let wait = module.import(wait, ([I32], []));
        let wait_now = module.import(wait_now, ([I32], [I32]));
        let look = uses.look.map(|look| module.import(look, ([], [I32])));
        let running = module.global(I32);
        let trap = module.trap(CANNOT_WAIT);
        for (def, name, step) in [(self.enter, "wasi-shim: enter", 1), (self.leave, "wasi-shim: leave", -1)] {
            module.function(Some(def), name, ([], []), |body| {
                body.global_get(running).i32(step).op(I32Add).global_set(running);
            });
        }
        module.function(Some(self.wait), "wasi-shim: wait", ([I32], []), |body| {
            let (token, answer) = (body.param(0), body.local(I32));
            body.global_get(running).if_(|body| {
                body.get(token).call(wait).op(Return);
            });
            body.get(token).call(wait_now).tee(answer).i32(LOOK).op(I32Eq).if_(|body| {
                if let Some(look) = look {
                    body.call(look).op(Drop);
                }
                body.get(token).call(wait_now).set(answer);
            });
            body.get(answer).op(I32Eqz).call_if(trap);
        });
        if uses.asks || uses.pauses {
            module.getter(self.is_running, running);
        }
        if uses.pauses {
            module.function(Some(self.pause), "wasi-shim: pause", ([], [I32]), |body| {
                body.global_get(running).i32(0).global_set(running);
            });
            module.setter(self.resume, running);
        }
        if uses.answers {
            let answered = module.global(I32);
            module.function(Some(self.answer), "wasi-shim: answer", ([], []), |body| {
                body.i32(1).global_set(answered);
            });
            module.function(Some(self.take_answered), "wasi-shim: take-answered", ([], [I32]), |body| {
                body.global_get(answered).i32(0).global_set(answered);
            });
        }
    }
}

/// The beginning of a function that writes bytes and waits until they are out, where P is linked: they stay in the guest's memory. It takes
/// the place of `start`, which has them copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartInPlace {
    pub def: CoreFuncId,
    pub start: CoreFuncId,
    pub gate: Gate,
    /// P's function `(stream, slot, address, count) -> token`.
    pub write: CoreFuncId,
    /// What lends the stream to P, and takes it back: `(handle, tag)`.
    pub lend: CoreFuncId,
    pub give_back: GiveBack,
    /// The element of `table` that writes: `stream.write` with the guest's memory.
    pub slot: u32,
    pub table: TableId,
    pub host: CoreFuncId,
}

/// What `write` answers where the bytes have to come to P.
const COPY: i32 = -1;

impl StartInPlace {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let is_running = module.import(self.gate.is_running, ([], [I32]));
        let start = module.import(self.start, ([I32; 5], [I32]));
        let write = module.import(self.write, ([I32; 4], [I32]));
        let lend = module.import(self.lend, ([I32, I32], [I32]));
        let give_back = module.import(self.give_back.function, ([I32, I32], []));
        let host = module.import(self.host, ([I32; 3], [I32]));
        module.import_table(self.table);
        module.slot(self.slot, host);
        module.function(Some(self.def), "wasi-shim: write", ([I32; 3], [I32]), |body| {
            let [stream, address, count] = body.first_params();
            let token = body.local(I32);
            // Who cannot wait leaves the bytes with P.
            body.call(is_running).if_(|body| {
                body.get(address).op(I64ExtendI32U).get(count).op(I64ExtendI32U).op(I64Add);
                body.memory_size(Memory::FIRST).op(I64ExtendI32U).i64(16).op(I64Shl).op(I64GtU).trap_if();
                body.get(stream).u32(self.give_back.tag).call(lend);
                body.u32(self.slot).get(address).get(count).call(write).tee(token).i32(COPY).op(I32Ne).if_(|body| {
                    body.get(token).op(Return);
                });
                body.get(stream).u32(self.give_back.tag).call(give_back);
            });
            body.get(stream).carrier(address, count).call(start);
        });
    }
}

/// What a trampoline that moves bulk bytes to the guest calls besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BulkRead<F = CoreFuncId> {
    pub aim: F,
    pub bulk: F,
    pub head: F,
    pub body: F,
    pub tail: F,
    pub finish: F,
    /// The realloc of the original definition.
    pub realloc: F,
}

/// The trampoline of one split function: all ids are core functions of the component.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    /// What it replaces.
    pub def: CoreFuncId,
    /// Name for backtraces.
    pub name: String,
    pub signature: Signature,
    pub shape: Shape,
    pub start: CoreFuncId,
    pub finish: CoreFuncId,
    pub gate: Gate,
    pub bulk: Option<BulkRead>,
    /// The handles that `start` borrows until the function returns.
    pub give_back: Vec<GiveBack>,
}

impl Split {
    /// Whether the result comes through a return pointer, the last flat parameter.
    fn return_pointer(&self) -> Option<usize> {
        let last = self.signature.params.len().checked_sub(1)?;
        (self.shape.has_result && self.signature.results.is_empty()).then_some(last)
    }

    /// Adds the trampoline.
    pub fn build(self, module: &mut CoreModule) {
        let return_pointer = self.return_pointer();
        let forwarded = self.signature.params.len() - usize::from(return_pointer.is_some());
        let mut start = self.signature.params[..forwarded].to_vec();
        if let Some(at) = self.shape.bulk_param {
            start.splice(at..at + 2, [I32; 4]);
        }
        let start = module.import(self.start, Signature { params: start, results: vec![I32] });
        let finish = Signature {
            params: [I32].into_iter().chain(return_pointer.map(|_| I32)).collect(),
            results: self.signature.results.clone(),
        };
        let finish = module.import(self.finish, finish);
        let wait = module.import(self.gate.wait, ([I32], []));
        let bulk = self.bulk.map(|bulk| bulk.import(module));
        module.function(Some(self.def), self.name, self.signature, |body| {
            let token = body.local(I32);
            let given = body.params();
            for (at, param) in given[..forwarded].iter().enumerate() {
                match self.shape.bulk_param {
                    Some(pointer) if at == pointer => body.carrier(*param, given[at + 1]),
                    Some(pointer) if at == pointer + 1 => body,
                    _ => body.get(*param),
                };
            }
            body.call(start).tee(token).if_(|body| {
                body.get(token).call(wait);
            });
            for GiveBack { param, tag, function } in self.give_back {
                let give_back = body.module.import(function, ([I32, I32], []));
                body.get(given[param]).u32(tag).call(give_back);
            }
            let result = return_pointer.map(|at| given[at]);
            if let (Some(bulk), Some(kind), Some(result)) = (bulk, self.shape.bulk_result, result) {
                bulk.read(body, kind, result, token);
            }
            body.get(token).gets(result).call(finish);
        });
    }
}

impl BulkRead {
    /// The same as functions of `module`.
    fn import(self, module: &mut CoreModule) -> BulkRead<Func> {
        BulkRead {
            aim: module.import(self.aim, ([I32], [])),
            bulk: module.import(self.bulk, ([I32], [I64])),
            head: module.import(self.head, ([I32; 3], [])),
            body: module.import(self.body, ([I32; 2], [])),
            tail: module.import(self.tail, ([I32; 2], [])),
            finish: module.import(self.finish, ([I32], [])),
            realloc: module.import(self.realloc, ([I32; 4], [I32])),
        }
    }
}

impl BulkRead<Func> {
    /// If the operation `token` gave enough bytes, moves them to the guest as chunks, writes the result as the
    /// Canonical ABI lays it out, and returns.
    fn read(self, body: &mut Body<'_>, kind: BulkResult, result: Local, token: Local) {
        let [outcome, count, buffer, head] = [I64, I32, I32, I32].map(|ty| body.local(ty));
        body.get(token).call(self.bulk).tee(outcome).op(I32WrapI64).tee(count).if_(|body| {
            body.i32(0).i32(0).i32(1).get(count).call(self.realloc).tee(buffer).call(self.aim);
            // The bytes before the first address that is aligned for chunks.
            body.i32(0).get(buffer).op(I32Sub).i32(7).op(I32And).tee(head).if_(|body| {
                body.get(token).get(head).get(result).call(self.head);
            });
            body.get(count).get(head).op(I32Sub).tee(head);
            body.i32(CHUNK.trailing_zeros() as i32).op(I32ShrU).if_(|body| {
                body.get(token).get(result).call(self.body);
            });
            body.get(head).i32(CHUNK as i32 - 1).op(I32And).if_(|body| {
                body.get(token).get(result).call(self.tail);
            });
            body.get(token).call(self.finish);
            // ok, pointer, length and, for `descriptor.read`, the boolean.
            body.get(result).i32(0).store(I32Store8, Memory::FIRST, 0);
            body.get(result).get(buffer).store(I32Store, Memory::FIRST, 4);
            body.get(result).get(count).store(I32Store, Memory::FIRST, 8);
            if kind == BulkResult::BytesAndFlag {
                body.get(result).get(outcome).i64(32).op(I64ShrU).op(I32WrapI64).store(I32Store8, Memory::FIRST, 12);
            }
            body.op(Return);
        });
    }
}

/// A function `() -> ()` that calls a split function of the adapter without parameters, and waits in between: it pushes all output out, or
/// does what remains when a request is handled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drain {
    pub def: CoreFuncId,
    pub name: &'static str,
    pub start: CoreFuncId,
    pub finish: CoreFuncId,
    pub gate: Gate,
}

impl Drain {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let start = module.import(self.start, ([], [I32]));
        let wait = module.import(self.gate.wait, ([I32], []));
        let finish = module.import(self.finish, ([I32], []));
        module.function(Some(self.def), self.name, ([], []), |body| {
            let token = body.local(I32);
            body.call(start).tee(token).if_(|body| {
                body.get(token).call(wait);
            });
            body.get(token).call(finish);
        });
    }
}

/// A wrapper of the core function of an async export: tells the gate that it runs and, before it returns, pushes
/// all output out if `drain` is given.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub def: CoreFuncId,
    pub name: String,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub gate: Gate,
    pub drain: Option<CoreFuncId>,
}

impl Running {
    /// Adds the wrapper.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let enter = module.import(self.gate.enter, ([], []));
        let leave = module.import(self.gate.leave, ([], []));
        let drain = self.drain.map(|drain| module.import(drain, ([], [])));
        let results = self.signature.results.clone();
        module.function(Some(self.def), self.name, self.signature, |body| {
            let results: Vec<_> = results.into_iter().map(|ty| body.local(ty)).collect();
            body.call(enter).get_params().call(inner);
            for result in results.iter().rev() {
                body.set(*result);
            }
            body.calls(drain).call(leave).gets(results);
        });
    }
}

/// A call of a function of another part: of its twin while an async export runs.
#[derive(Debug, Clone)]
pub(crate) struct TwinCall {
    pub def: CoreFuncId,
    pub name: String,
    pub signature: Signature,
    pub function: CoreFuncId,
    pub twin: CoreFuncId,
    pub gate: Gate,
}

impl TwinCall {
    /// Adds the trampoline.
    pub fn build(self, module: &mut CoreModule) {
        let is_running = module.import(self.gate.is_running, ([], [I32]));
        let twin = module.import(self.twin, self.signature.clone());
        let function = module.import(self.function, self.signature.clone());
        let result = self.signature.results.first().copied();
        module.function(Some(self.def), self.name, self.signature, |body| {
            body.call(is_running).if_else(result, forward(twin), forward(function));
        });
    }
}

/// A wrapper of the core function of an export that is not async but has a twin: while it runs, the task is not async,
/// whatever other tasks of the component are.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    pub def: CoreFuncId,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub gate: Gate,
}

impl Apart {
    /// Adds the wrapper.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let pause = module.import(self.gate.pause, ([], [I32]));
        let resume = module.import(self.gate.resume, ([I32], []));
        module.function(Some(self.def), "wasi-shim: export", self.signature, |body| {
            let paused = body.local(I32);
            body.call(pause).set(paused).get_params().call(inner).get(paused).call(resume);
        });
    }
}

/// A `task.return` that pushes all output out first, for a host may end the instance once it has the result.
#[derive(Debug, Clone)]
pub(crate) struct DrainThenReturn {
    pub def: CoreFuncId,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub drain: CoreFuncId,
}

impl DrainThenReturn {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let drain = module.import(self.drain, ([], []));
        module.function(Some(self.def), "wasi-shim: task.return", self.signature, |body| {
            body.call(drain).get_params().call(inner);
        });
    }
}
