//! The code that stands in the guest for what was replaced.
//!
//! Trampolines forward core values; they know neither types nor resources. A lowered function that was split
//! becomes: call `start`; while it is not complete, wait; call `finish`.

mod handler;
mod relay;

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

pub(crate) use handler::{Handle, Respond, callback};
pub(crate) use relay::{Answers, Beside, Deliver, RelayCall, SetThenDeliver, memory as relay_memory};

use super::split::{BulkResult, Shape};
use crate::component::{Component, Sort};
use crate::substitute::{CHUNK, Code, CoreModule, Signature, push_carrier};

use ValType::{I32, I64};

/// What an engine shows in the backtrace of a wait that nobody may make.
const CANNOT_WAIT: &str = "wasi-shim: this call has to wait, but no async export of the component is running";

/// What `wait-now` answers if the host may have something to tell.
const LOOK: i32 = 2;

/// The gate: what every wait goes through. It knows whether an async export is running, for only there may a
/// component wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// `() -> ()`: an async export begins to run guest code.
    pub enter: u32,
    /// `() -> ()`: it ceases to.
    pub leave: u32,
    /// `(token) -> ()`: waits until the operation is complete.
    pub wait: u32,
    /// `() -> i32`: whether an async export is running.
    pub is_running: u32,
    /// `() -> i32`: from here on it is as if none were. `resume` takes the answer.
    pub pause: u32,
    /// `(i32) -> ()`: ends a pause.
    pub resume: u32,
    /// `() -> ()`: the request that is being handled is answered.
    pub answer: u32,
    /// `() -> i32`: whether it was. From here on it is as if it were not.
    pub take_answered: u32,
}

/// Who asks the gate for more than to wait.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Uses {
    /// A part of a composition asks whether an async export is running, and pauses it.
    pub pauses: bool,
    /// A service asks whether a request is answered.
    pub answers: bool,
    /// Functions that are not async wait, too: the lowered `look`.
    pub look: Option<u32>,
}

impl Gate {
    /// The gate of `component`.
    pub fn new(component: &mut Component<'_>) -> Gate {
        let mut fresh = || component.fresh(Sort::CoreFunc);
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

    /// The module that provides the gate, from the lowered `wait` and `wait-now`.
    pub fn module(&self, wait: u32, wait_now: u32, uses: Uses) -> CoreModule {
        let mut module = CoreModule::default();
        let wait = module.import_at(wait, Signature::new(&[I32], &[]));
        let wait_now = module.import_at(wait_now, Signature::new(&[I32], &[I32]));
        let look = uses.look.map(|look| module.import_at(look, Signature::new(&[], &[I32])));
        let running = module.global_at(I32);
        let count = |step: i32| Code {
            instructions: vec![
                Instruction::GlobalGet(running),
                Instruction::I32Const(step),
                Instruction::I32Add,
                Instruction::GlobalSet(running),
            ],
            ..Code::default()
        };
        let trap = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
        let trap = module.add(None, CANNOT_WAIT, Signature::default(), trap);
        module.add(Some(self.enter), "wasi-shim: enter", Signature::default(), count(1));
        module.add(Some(self.leave), "wasi-shim: leave", Signature::default(), count(-1));
        let mut code = vec![
            Instruction::GlobalGet(running),
            Instruction::If(BlockType::Empty),
            Instruction::LocalGet(0),
            Instruction::Call(wait),
            Instruction::Return,
            Instruction::End,
            Instruction::LocalGet(0),
            Instruction::Call(wait_now),
            Instruction::LocalTee(1),
            Instruction::I32Const(LOOK),
            Instruction::I32Eq,
            Instruction::If(BlockType::Empty),
        ];
        code.extend(look.into_iter().flat_map(|look| [Instruction::Call(look), Instruction::Drop]));
        code.extend([
            Instruction::LocalGet(0),
            Instruction::Call(wait_now),
            Instruction::LocalSet(1),
            Instruction::End,
            Instruction::LocalGet(1),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Call(trap),
            Instruction::End,
        ]);
        let code = Code { locals: vec![I32], instructions: code };
        module.add(Some(self.wait), "wasi-shim: wait", Signature::new(&[I32], &[]), code);
        if uses.pauses {
            let get = Code { instructions: vec![Instruction::GlobalGet(running)], ..Code::default() };
            module.add(Some(self.is_running), "wasi-shim: is-running", Signature::new(&[], &[I32]), get);
            let pause =
                vec![Instruction::GlobalGet(running), Instruction::I32Const(0), Instruction::GlobalSet(running)];
            let pause = Code { instructions: pause, ..Code::default() };
            module.add(Some(self.pause), "wasi-shim: pause", Signature::new(&[], &[I32]), pause);
            let resume = vec![Instruction::LocalGet(0), Instruction::GlobalSet(running)];
            let resume = Code { instructions: resume, ..Code::default() };
            module.add(Some(self.resume), "wasi-shim: resume", Signature::new(&[I32], &[]), resume);
        }
        if uses.answers {
            let answered = module.global_at(I32);
            let answer = vec![Instruction::I32Const(1), Instruction::GlobalSet(answered)];
            let answer = Code { instructions: answer, ..Code::default() };
            module.add(Some(self.answer), "wasi-shim: answer", Signature::default(), answer);
            let take =
                vec![Instruction::GlobalGet(answered), Instruction::I32Const(0), Instruction::GlobalSet(answered)];
            let take = Code { instructions: take, ..Code::default() };
            module.add(Some(self.take_answered), "wasi-shim: take-answered", Signature::new(&[], &[I32]), take);
        }
        module
    }
}

/// What a trampoline that moves bulk bytes to the guest calls besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BulkRead {
    pub aim: u32,
    pub bulk: u32,
    pub head: u32,
    pub body: u32,
    pub tail: u32,
    pub finish: u32,
    /// The realloc of the original definition.
    pub realloc: u32,
}

/// The trampoline of one split function: all ids are core functions of the component.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    /// What it replaces.
    pub def: u32,
    /// Name for backtraces.
    pub name: String,
    pub signature: Signature,
    pub shape: Shape,
    pub start: u32,
    pub finish: u32,
    pub gate: Gate,
    pub bulk: Option<BulkRead>,
}

impl Split {
    /// Whether the result comes through a return pointer, the last flat parameter.
    fn return_pointer(&self) -> Option<u32> {
        let last = self.signature.params.len().checked_sub(1)?;
        (self.shape.has_result && self.signature.results.is_empty()).then_some(last as u32)
    }

    /// Imports what the trampoline calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let return_pointer = self.return_pointer();
        let forwarded = self.signature.params.len() - usize::from(return_pointer.is_some());
        let mut start = self.signature.params[..forwarded].to_vec();
        if let Some(at) = self.shape.bulk_param {
            start.splice(at..at + 2, [I32; 4]);
        }
        let start = module.import_at(self.start, Signature { params: start, results: vec![I32] });
        let finish = Signature {
            params: [I32].into_iter().chain(return_pointer.map(|_| I32)).collect(),
            results: self.signature.results.clone(),
        };
        let finish = module.import_at(self.finish, finish);
        let wait = module.import_at(self.gate.wait, Signature::new(&[I32], &[]));
        let bulk = self.bulk.map(|bulk| BulkRead {
            aim: module.import_at(bulk.aim, Signature::new(&[I32], &[])),
            bulk: module.import_at(bulk.bulk, Signature::new(&[I32], &[I64])),
            head: module.import_at(bulk.head, Signature::new(&[I32, I32, I32], &[])),
            body: module.import_at(bulk.body, Signature::new(&[I32, I32], &[])),
            tail: module.import_at(bulk.tail, Signature::new(&[I32, I32], &[])),
            finish: module.import_at(bulk.finish, Signature::new(&[I32], &[])),
            realloc: module.import_at(bulk.realloc, Signature::new(&[I32, I32, I32, I32], &[I32])),
        });

        move |module| {
            let params = self.signature.params.len() as u32;
            let token = params;
            let mut code = Code { locals: vec![I32], instructions: Vec::new() };
            let run = &mut code.instructions;
            for at in 0..forwarded as u32 {
                match self.shape.bulk_param {
                    Some(pointer) if at == pointer as u32 => push_carrier(run, at, at + 1),
                    Some(pointer) if at == pointer as u32 + 1 => {}
                    _ => run.push(Instruction::LocalGet(at)),
                }
            }
            run.extend([
                Instruction::Call(start),
                Instruction::LocalTee(token),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(token),
                Instruction::Call(wait),
                Instruction::End,
            ]);
            if let (Some(bulk), Some(kind), Some(pointer)) = (bulk, self.shape.bulk_result, return_pointer) {
                code.locals.extend([I64, I32, I32, I32]);
                read_bulk(run, &bulk, kind, pointer, token);
            }
            run.push(Instruction::LocalGet(token));
            run.extend(return_pointer.map(Instruction::LocalGet));
            run.push(Instruction::Call(finish));
            module.add(Some(self.def), self.name, self.signature, code);
        }
    }
}

/// If the operation `token` gave enough bytes, moves them to the guest as chunks, writes the result as the
/// Canonical ABI lays it out, and returns.
fn read_bulk(run: &mut Vec<Instruction<'static>>, bulk: &BulkRead, kind: BulkResult, result: u32, token: u32) {
    let [outcome, count, buffer, head] = [token + 1, token + 2, token + 3, token + 4];
    let at = |offset: u64, align: u32| MemArg { offset, align, memory_index: 0 };
    let mask = CHUNK as i32 - 1;
    run.extend([
        Instruction::LocalGet(token),
        Instruction::Call(bulk.bulk),
        Instruction::LocalTee(outcome),
        Instruction::I32WrapI64,
        Instruction::LocalTee(count),
        Instruction::If(BlockType::Empty),
        Instruction::I32Const(0),
        Instruction::I32Const(0),
        Instruction::I32Const(1),
        Instruction::LocalGet(count),
        Instruction::Call(bulk.realloc),
        Instruction::LocalTee(buffer),
        Instruction::Call(bulk.aim),
        // The bytes before the first address that is aligned for chunks.
        Instruction::I32Const(0),
        Instruction::LocalGet(buffer),
        Instruction::I32Sub,
        Instruction::I32Const(7),
        Instruction::I32And,
        Instruction::LocalTee(head),
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(token),
        Instruction::LocalGet(head),
        Instruction::LocalGet(result),
        Instruction::Call(bulk.head),
        Instruction::End,
        Instruction::LocalGet(count),
        Instruction::LocalGet(head),
        Instruction::I32Sub,
        Instruction::LocalTee(head),
        Instruction::I32Const(CHUNK.trailing_zeros() as i32),
        Instruction::I32ShrU,
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(token),
        Instruction::LocalGet(result),
        Instruction::Call(bulk.body),
        Instruction::End,
        Instruction::LocalGet(head),
        Instruction::I32Const(mask),
        Instruction::I32And,
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(token),
        Instruction::LocalGet(result),
        Instruction::Call(bulk.tail),
        Instruction::End,
        Instruction::LocalGet(token),
        Instruction::Call(bulk.finish),
        // ok, pointer, length and, for `descriptor.read`, the boolean.
        Instruction::LocalGet(result),
        Instruction::I32Const(0),
        Instruction::I32Store8(at(0, 0)),
        Instruction::LocalGet(result),
        Instruction::LocalGet(buffer),
        Instruction::I32Store(at(4, 2)),
        Instruction::LocalGet(result),
        Instruction::LocalGet(count),
        Instruction::I32Store(at(8, 2)),
    ]);
    if kind == BulkResult::BytesAndFlag {
        run.extend([
            Instruction::LocalGet(result),
            Instruction::LocalGet(outcome),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::I32Store8(at(12, 0)),
        ]);
    }
    run.extend([Instruction::Return, Instruction::End]);
}

/// Calls of the adapter that push all output out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drain {
    pub start: u32,
    pub finish: u32,
}

/// A wrapper of the core function of an async export: tells the gate that it runs and, before it returns, pushes
/// all output out if `drain` is given.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub def: u32,
    pub name: String,
    pub signature: Signature,
    pub inner: u32,
    pub gate: Gate,
    pub drain: Option<Drain>,
}

impl Running {
    /// Imports what the wrapper calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, self.signature.clone());
        let enter = module.import_at(self.gate.enter, Signature::default());
        let leave = module.import_at(self.gate.leave, Signature::default());
        let drain = self.drain.map(|drain| import_drain(module, drain, self.gate));
        move |module| {
            let mut code = Code { locals: self.signature.results.clone(), instructions: Vec::new() };
            let params = self.signature.params.len() as u32;
            let results = self.signature.results.len() as u32;
            let run = &mut code.instructions;
            run.push(Instruction::Call(enter));
            run.extend((0..params).map(Instruction::LocalGet));
            run.push(Instruction::Call(inner));
            run.extend((0..results).rev().map(|at| Instruction::LocalSet(params + at)));
            if let Some(drain) = drain {
                code.locals.push(I32);
                push_drain(run, drain, params + results);
            }
            run.push(Instruction::Call(leave));
            run.extend((0..results).map(|at| Instruction::LocalGet(params + at)));
            module.add(Some(self.def), self.name, self.signature, code);
        }
    }
}

/// A call of a function of another part: of its twin while an async export runs.
#[derive(Debug, Clone)]
pub(crate) struct TwinCall {
    pub def: u32,
    pub name: String,
    pub signature: Signature,
    pub function: u32,
    pub twin: u32,
    pub gate: Gate,
}

impl TwinCall {
    /// Imports what the trampoline calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let is_running = module.import_at(self.gate.is_running, Signature::new(&[], &[I32]));
        let twin = module.import_at(self.twin, self.signature.clone());
        let function = module.import_at(self.function, self.signature.clone());
        move |module| {
            let mut code = Code::default();
            let run = &mut code.instructions;
            let ty = self.signature.results.first().map_or(BlockType::Empty, |ty| BlockType::Result(*ty));
            let params = || (0..self.signature.params.len() as u32).map(Instruction::LocalGet);
            run.extend([Instruction::Call(is_running), Instruction::If(ty)]);
            run.extend(params());
            run.extend([Instruction::Call(twin), Instruction::Else]);
            run.extend(params());
            run.extend([Instruction::Call(function), Instruction::End]);
            module.add(Some(self.def), self.name, self.signature, code);
        }
    }
}

/// A wrapper of the core function of an export that is not async but has a twin: while it runs, the task is not async,
/// whatever other tasks of the component are.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    pub def: u32,
    pub signature: Signature,
    pub inner: u32,
    pub gate: Gate,
}

impl Apart {
    /// Imports what the wrapper calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, self.signature.clone());
        let pause = module.import_at(self.gate.pause, Signature::new(&[], &[I32]));
        let resume = module.import_at(self.gate.resume, Signature::new(&[I32], &[]));
        move |module| {
            let params = self.signature.params.len() as u32;
            let mut code = Code { locals: vec![I32], instructions: Vec::new() };
            let run = &mut code.instructions;
            run.extend([Instruction::Call(pause), Instruction::LocalSet(params)]);
            run.extend((0..params).map(Instruction::LocalGet));
            run.push(Instruction::Call(inner));
            run.extend([Instruction::LocalGet(params), Instruction::Call(resume)]);
            module.add(Some(self.def), "wasi-shim: export", self.signature, code);
        }
    }
}

/// A `task.return` that pushes all output out first, for a host may end the instance once it has the result.
#[derive(Debug, Clone)]
pub(crate) struct DrainThenReturn {
    pub def: u32,
    pub signature: Signature,
    pub inner: u32,
    pub gate: Gate,
    pub drain: Drain,
}

impl DrainThenReturn {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, self.signature.clone());
        let drain = import_drain(module, self.drain, self.gate);
        move |module| {
            let params = self.signature.params.len() as u32;
            let mut code = Code { locals: vec![I32], instructions: Vec::new() };
            push_drain(&mut code.instructions, drain, params);
            code.instructions.extend((0..params).map(Instruction::LocalGet));
            code.instructions.push(Instruction::Call(inner));
            module.add(Some(self.def), "wasi-shim: task.return", self.signature, code);
        }
    }
}

/// `start`, `wait` and `finish` as a module imports them.
#[derive(Clone, Copy)]
struct ImportedDrain {
    start: u32,
    wait: u32,
    finish: u32,
}

fn import_drain(module: &mut CoreModule, drain: Drain, gate: Gate) -> ImportedDrain {
    ImportedDrain {
        start: module.import_at(drain.start, Signature::new(&[], &[I32])),
        wait: module.import_at(gate.wait, Signature::new(&[I32], &[])),
        finish: module.import_at(drain.finish, Signature::new(&[I32], &[])),
    }
}

/// Drains, with `token` as a scratch local.
fn push_drain(run: &mut Vec<Instruction<'static>>, drain: ImportedDrain, token: u32) {
    run.extend([
        Instruction::Call(drain.start),
        Instruction::LocalTee(token),
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(token),
        Instruction::Call(drain.wait),
        Instruction::End,
        Instruction::LocalGet(token),
        Instruction::Call(drain.finish),
    ]);
}
