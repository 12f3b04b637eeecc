//! The code of a service that hands requests on: its task returns what the component that got them answers.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::Gate;
use super::handler::{RESULT, zero};
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// Codes of the Canonical ABI.
const RETURNED: i32 = 2;
const EVENT_SUBTASK: i32 = 1;

/// Addresses in the memory that is generated for relays: of what a text is returned as, of the payload of events, of texts.
const TEXT: i32 = 0;
const EVENT: i32 = 8;
const TEXTS: i32 = 16;

const fn at(offset: i32) -> MemArg {
    MemArg { offset: offset as u64, align: 2, memory_index: 0 }
}

/// A module with memory `memory` and a `realloc` for the text of one error.
pub(crate) fn memory(memory: u32, realloc: u32) -> CoreModule {
    const PAGE: i32 = 16;
    let mut module = CoreModule::default();
    module.provide_memory(memory, 1);
    let [size, pages] = [3, 4];
    let code = vec![
        Instruction::LocalGet(size),
        Instruction::I32Const(TEXTS + (1 << PAGE) - 1),
        Instruction::I32Add,
        Instruction::I32Const(PAGE),
        Instruction::I32ShrU,
        Instruction::MemorySize(0),
        Instruction::I32Sub,
        Instruction::LocalTee(pages),
        Instruction::I32Const(0),
        Instruction::I32GtS,
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(pages),
        Instruction::MemoryGrow(0),
        Instruction::I32Const(-1),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
        Instruction::Unreachable,
        Instruction::End,
        Instruction::End,
        Instruction::I32Const(TEXTS),
    ];
    let code = Code { locals: vec![I32], instructions: code };
    module.add(Some(realloc), "wasi-shim: realloc", Signature::new(&[I32; 4], &[I32]), code);
    module
}

/// P's functions for relays, lowered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answers {
    pub take: u32,
    pub response: u32,
    pub error_text: u32,
    pub error_flat: u32,
}

/// `() -> ()`: if there is an answer, the task returns it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deliver {
    pub def: u32,
    pub gate: Gate,
    pub answers: Answers,
    pub task_return: u32,
    pub memory: u32,
}

impl Deliver {
    /// The module that provides it.
    pub fn module(self) -> CoreModule {
        let mut module = CoreModule::default();
        module.import_memory_at(self.memory);
        let answer = module.import_at(self.gate.answer, Signature::default());
        let take = module.import_at(self.answers.take, Signature::new(&[], &[I32]));
        let response = module.import_at(self.answers.response, Signature::new(&[], &[I32]));
        let error_text = module.import_at(self.answers.error_text, Signature::new(&[I32], &[]));
        let error_flat = module.import_at(self.answers.error_flat, Signature::new(&[I32, I32], &[I64]));
        let task_return = module.import_at(self.task_return, Signature::new(&RESULT, &[]));
        let kind = 0;
        let mut code = Code { locals: vec![I32], instructions: Vec::new() };
        let run = &mut code.instructions;
        run.extend([
            Instruction::Call(take),
            Instruction::LocalTee(kind),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Return,
            Instruction::End,
            Instruction::Call(answer),
            Instruction::LocalGet(kind),
            Instruction::I32Const(1),
            Instruction::I32Eq,
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(0),
            Instruction::Call(response),
        ]);
        run.extend(RESULT[2..].iter().map(zero));
        run.extend([
            Instruction::Call(task_return),
            Instruction::Else,
            Instruction::I32Const(TEXT),
            Instruction::Call(error_text),
            Instruction::I32Const(1),
        ]);
        for (flat, ty) in RESULT[1..].iter().enumerate() {
            run.extend([
                Instruction::I32Const(flat as i32),
                Instruction::I32Const(0),
                Instruction::I32Load(at(TEXT)),
                Instruction::Call(error_flat),
            ]);
            run.extend((*ty == I32).then_some(Instruction::I32WrapI64));
        }
        run.extend([Instruction::Call(task_return), Instruction::End]);
        module.add(Some(self.def), "wasi-shim: deliver", Signature::default(), code);
        module
    }
}

/// `response-outparam.set` of the component that the host calls: like all others it tells P, and the task returns.
#[derive(Debug, Clone)]
pub(crate) struct SetThenDeliver {
    pub def: u32,
    pub signature: Signature,
    /// P's `set`.
    pub inner: u32,
    pub deliver: u32,
}

impl SetThenDeliver {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, self.signature.clone());
        let deliver = module.import_at(self.deliver, Signature::default());
        move |module| {
            let mut code = Code::default();
            code.instructions.extend((0..self.signature.params.len() as u32).map(Instruction::LocalGet));
            code.instructions.extend([Instruction::Call(inner), Instruction::Call(deliver)]);
            module.add(Some(self.def), "wasi-shim: response-outparam.set", self.signature, code);
        }
    }
}

/// Built-ins for a call that something else is awaited beside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    /// P's: `() -> stream`, and its end.
    pub watch: u32,
    pub unwatch: u32,
    pub stream_read: u32,
    pub stream_drop_readable: u32,
    pub set_new: u32,
    pub set_wait: u32,
    pub set_drop: u32,
    pub join: u32,
    pub subtask_drop: u32,
}

/// A call of a function of another part that takes the `response-outparam`: the task returns when that answers, which may be
/// before the function does.
#[derive(Debug, Clone)]
pub(crate) struct RelayCall {
    pub def: u32,
    pub name: String,
    /// At most four parameters, no result.
    pub signature: Signature,
    /// The function, for calls outside of async exports.
    pub function: u32,
    /// Its twin, lowered async.
    pub twin: u32,
    pub gate: Gate,
    pub beside: Beside,
    pub deliver: u32,
}

impl RelayCall {
    /// Imports what the trampoline calls and gives back what adds it. Memory 0 of the module is that of relays.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let called = Signature { results: vec![I32], ..self.signature.clone() };
        let is_running = module.import_at(self.gate.is_running, Signature::new(&[], &[I32]));
        let function = module.import_at(self.function, self.signature.clone());
        let twin = module.import_at(self.twin, called);
        let deliver = module.import_at(self.deliver, Signature::default());
        let watch = module.import_at(self.beside.watch, Signature::new(&[], &[I32]));
        let unwatch = module.import_at(self.beside.unwatch, Signature::default());
        let read = module.import_at(self.beside.stream_read, Signature::new(&[I32; 3], &[I32]));
        let drop_readable = module.import_at(self.beside.stream_drop_readable, Signature::new(&[I32], &[]));
        let set_new = module.import_at(self.beside.set_new, Signature::new(&[], &[I32]));
        let set_wait = module.import_at(self.beside.set_wait, Signature::new(&[I32, I32], &[I32]));
        let set_drop = module.import_at(self.beside.set_drop, Signature::new(&[I32], &[]));
        let join = module.import_at(self.beside.join, Signature::new(&[I32, I32], &[]));
        let subtask_drop = module.import_at(self.beside.subtask_drop, Signature::new(&[I32], &[]));
        move |module| {
            let params = self.signature.params.len() as u32;
            let [stream, subtask, set] = [params, params + 1, params + 2];
            let mut code = Code { locals: vec![I32; 3], instructions: Vec::new() };
            let run = &mut code.instructions;
            let given = || (0..params).map(Instruction::LocalGet);
            run.extend([Instruction::Call(is_running), Instruction::I32Eqz, Instruction::If(BlockType::Empty)]);
            run.extend(given());
            run.extend([
                Instruction::Call(function),
                Instruction::Return,
                Instruction::End,
                Instruction::Call(set_new),
                Instruction::LocalSet(set),
                Instruction::Call(watch),
                Instruction::LocalTee(stream),
                Instruction::LocalGet(set),
                Instruction::Call(join),
                // Nothing is written before the call.
                Instruction::LocalGet(stream),
                Instruction::I32Const(0),
                Instruction::I32Const(1),
                Instruction::Call(read),
                Instruction::Drop,
            ]);
            run.extend(given());
            run.extend([
                Instruction::Call(twin),
                Instruction::I32Const(4),
                Instruction::I32ShrU,
                Instruction::LocalTee(subtask),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(subtask),
                Instruction::LocalGet(set),
                Instruction::Call(join),
                Instruction::Else,
                Instruction::Call(unwatch),
                Instruction::End,
                Instruction::Loop(BlockType::Empty),
                Instruction::LocalGet(set),
                Instruction::I32Const(EVENT),
                Instruction::Call(set_wait),
                Instruction::I32Const(EVENT_SUBTASK),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::I32Const(0),
                Instruction::I32Load(at(EVENT + 4)),
                Instruction::I32Const(RETURNED),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(subtask),
                Instruction::Call(subtask_drop),
                Instruction::I32Const(0),
                Instruction::LocalSet(subtask),
                Instruction::Call(unwatch),
                Instruction::End,
                Instruction::Else,
                Instruction::LocalGet(stream),
                Instruction::Call(drop_readable),
                Instruction::I32Const(0),
                Instruction::LocalSet(stream),
                Instruction::Call(deliver),
                Instruction::End,
                Instruction::LocalGet(subtask),
                Instruction::LocalGet(stream),
                Instruction::I32Or,
                Instruction::BrIf(0),
                Instruction::End,
                Instruction::LocalGet(set),
                Instruction::Call(set_drop),
            ]);
            module.add(Some(self.def), self.name, self.signature, code);
        }
    }
}
