//! Calls of async functions: begin, and give the result when the call has returned.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::known::Known;
use super::values::push_check_aligned;
use super::{RETURNED, Task, delivery, push_cookie};
use crate::substitute::{Code, CoreModule, Signature, push_carrier};

use ValType::{I32, I64};

/// How a call begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// With the parameters as they are.
    Direct(u32),
    /// With the parameters in memory, as a list of one. The bytes of which address and length are at this offset in it
    /// travel in a carrier.
    ByList(u32, Option<u32>),
}

/// How the result is had: a function `(subtask, [address]) -> [value]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub func: u32,
    /// The flat type and the size in memory of a result that is one flat value. Other results are written to
    /// the address.
    pub value: Option<(ValType, u32)>,
}

/// The async lowering of an async function: `(params…, [address]) -> state`.
#[derive(Debug, Clone)]
pub(crate) struct AsyncCall {
    pub def: u32,
    pub name: String,
    pub params: Vec<ValType>,
    pub start: Start,
    /// The result and the slot through which it is delivered later.
    pub finish: Option<(Finish, u32)>,
    pub known: Option<Known>,
    pub task: Task,
    /// What tells R which part of a composition calls.
    pub identify: Option<u32>,
}

impl AsyncCall {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let arguments = self.params.len() - usize::from(self.finish.is_some());
        let start = import_start(module, self.start, &self.params[..arguments]);
        let finish = self.finish.map(|(finish, kind)| (import_finish(module, finish), finish, kind));
        let known = self.known.map(|known| known.import(module));
        let identify = import_identify(module, self.identify);
        if finish.is_some() {
            module.import_table(self.task.table);
        }
        move |module| {
            let known = known.map(|known| known.add(module));
            let address = arguments as u32;
            let [state, known_len, pointer, len] = [0, 1, 2, 3].map(|local| self.params.len() as u32 + local);
            let mut locals = vec![I32; 1 + usize::from(known.is_some())];
            let mut run: Vec<_> = identify.map(Instruction::Call).into_iter().collect();
            push_arguments(&mut run, self.start, arguments);
            if let Start::ByList(_, Some(bytes)) = self.start {
                locals = vec![I32; 4];
                for (offset, local) in [(bytes, pointer), (bytes + 4, len)] {
                    let at = MemArg { offset: offset.into(), align: 2, memory_index: 0 };
                    run.extend([Instruction::LocalGet(0), Instruction::I32Load(at), Instruction::LocalSet(local)]);
                }
                push_carrier(&mut run, pointer, len);
            }
            match finish {
                Some((_, _, kind)) => push_cookie(&mut run, kind, address),
                None => run.push(Instruction::I64Const(0)),
            }
            run.push(Instruction::Call(start));
            if let Some((func, how, _)) = finish {
                run.push(Instruction::LocalSet(state));
                if let Some(finish) = known {
                    Known::push(&mut run, finish, state, address, known_len);
                    run.push(Instruction::Else);
                }
                run.extend([
                    Instruction::LocalGet(state),
                    Instruction::I32Const(RETURNED),
                    Instruction::I32Eq,
                    Instruction::If(BlockType::Empty),
                ]);
                push_finish(&mut run, func, how, Instruction::I32Const(0), address);
                run.push(Instruction::End);
                run.extend(known.map(|_| Instruction::End));
                run.push(Instruction::LocalGet(state));
            }
            let signature = Signature { params: self.params, results: vec![I32] };
            let code = Code { locals, instructions: run };
            module.add(Some(self.def), self.name, signature, code);

            if let Some((func, how, kind)) = finish {
                add_delivery(module, func, how, kind);
            }
        }
    }
}

/// Adds what delivers a result later, in slot `kind`.
pub(super) fn add_delivery(module: &mut CoreModule, func: u32, how: Finish, kind: u32) {
    // `(subtask, address, state)`
    let mut run = vec![
        Instruction::LocalGet(2),
        Instruction::I32Const(RETURNED),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
    ];
    push_finish(&mut run, func, how, Instruction::LocalGet(0), 1);
    run.push(Instruction::End);
    let code = Code { instructions: run, ..Code::default() };
    let deliver = module.add(None, "wasi-shim: deliver a result", delivery(), code);
    module.slot_at(kind, deliver);
}

/// Functions of R with which something is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocking {
    pub alone: u32,
    pub block_on: u32,
    pub subtask_drop: u32,
}

impl Blocking {
    /// The same as indices of `module`.
    pub fn import(self, module: &mut CoreModule) -> Blocking {
        Blocking {
            alone: module.import_at(self.alone, Signature::new(&[I32], &[])),
            block_on: module.import_at(self.block_on, Signature::new(&[I32], &[I64])),
            subtask_drop: module.import_at(self.subtask_drop, Signature::new(&[I32], &[])),
        }
    }

    /// Pushes the payload of the event of the waitable in local `waitable`, waiting for it.
    pub fn push_wait(&self, run: &mut Vec<Instruction<'static>>, waitable: u32) {
        run.extend([
            Instruction::LocalGet(waitable),
            Instruction::Call(self.block_on),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
        ]);
    }
}

/// The sync lowering of an async function: `(params…, [address]) -> [value]`.
#[derive(Debug, Clone)]
pub(crate) struct SyncCall {
    pub def: u32,
    pub name: String,
    pub signature: Signature,
    pub start: u32,
    /// Whether `start` takes a cookie.
    pub has_cookie: bool,
    pub finish: Option<Finish>,
    pub known: Option<Known>,
    pub blocking: Blocking,
    /// What tells R which part of a composition calls.
    pub identify: Option<u32>,
}

impl SyncCall {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let through_memory = self.finish.is_some_and(|finish| finish.value.is_none());
        let arguments = self.signature.params.len() - usize::from(through_memory);
        let mut taken = self.signature.params[..arguments].to_vec();
        taken.extend(self.has_cookie.then_some(I64));
        let start = module.import_at(self.start, Signature { params: taken, results: vec![I32] });
        let finish = self.finish.map(|finish| (import_finish(module, finish), finish));
        let blocking = self.blocking.import(module);
        let known = self.known.map(|known| known.import(module));
        let identify = import_identify(module, self.identify);
        move |module| {
            let known = known.map(|known| known.add(module));
            let params = self.signature.params.len() as u32;
            // Of the last two there is one at most.
            let [subtask, known_len, kept] = [params, params + 1, params + 1];
            let mut locals = vec![I32];
            locals.extend(known.map(|_| I32));
            let mut run: Vec<_> = identify.map(Instruction::Call).into_iter().collect();
            push_arguments(&mut run, Start::Direct(0), arguments);
            run.extend(self.has_cookie.then_some(Instruction::I64Const(0)));
            run.push(Instruction::Call(start));
            if let Some(finish) = known {
                run.push(Instruction::LocalSet(subtask));
                Known::push(&mut run, finish, subtask, arguments as u32, known_len);
                run.extend([Instruction::Else, Instruction::LocalGet(subtask)]);
            }
            run.extend([
                Instruction::I32Const(4),
                Instruction::I32ShrU,
                Instruction::LocalTee(subtask),
                Instruction::If(BlockType::Empty),
            ]);
            blocking.push_wait(&mut run, subtask);
            run.extend([Instruction::Drop, Instruction::End]);
            match finish {
                Some((func, Finish { value: Some((ty, _)), .. })) => {
                    locals.push(ty);
                    run.extend([Instruction::LocalGet(subtask), Instruction::Call(func), Instruction::LocalSet(kept)]);
                }
                Some((func, _)) => {
                    run.extend([
                        Instruction::LocalGet(subtask),
                        Instruction::LocalGet(arguments as u32),
                        Instruction::Call(func),
                    ]);
                }
                None => {}
            }
            run.extend([
                Instruction::LocalGet(subtask),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(subtask),
                Instruction::Call(blocking.subtask_drop),
                Instruction::End,
            ]);
            run.extend(known.map(|_| Instruction::End));
            if finish.is_some_and(|(_, finish)| finish.value.is_some()) {
                run.push(Instruction::LocalGet(kept));
            }
            let code = Code { locals, instructions: run };
            module.add(Some(self.def), self.name, self.signature, code);
        }
    }
}

/// The function that tells R which part calls.
pub(super) fn import_identify(module: &mut CoreModule, identify: Option<u32>) -> Option<u32> {
    identify.map(|identify| module.import_at(identify, Signature::default()))
}

fn import_start(module: &mut CoreModule, start: Start, arguments: &[ValType]) -> u32 {
    let (func, mut params) = match start {
        Start::Direct(func) => (func, arguments.to_vec()),
        Start::ByList(func, None) => (func, vec![I32; 2]),
        Start::ByList(func, Some(_)) => (func, vec![I32; 6]),
    };
    params.push(I64);
    module.import_at(func, Signature { params, results: vec![I32] })
}

pub(super) fn import_finish(module: &mut CoreModule, finish: Finish) -> u32 {
    let signature = match finish.value {
        Some((ty, _)) => Signature::new(&[I32], &[ty]),
        None => Signature::new(&[I32, I32], &[]),
    };
    module.import_at(finish.func, signature)
}

fn push_arguments(run: &mut Vec<Instruction<'static>>, start: Start, arguments: usize) {
    run.extend((0..arguments as u32).map(Instruction::LocalGet));
    if let Start::ByList(..) = start {
        run.push(Instruction::I32Const(1));
    }
}

/// Has the result written to the address in local `address`.
pub(super) fn push_finish(
    run: &mut Vec<Instruction<'static>>,
    func: u32,
    finish: Finish,
    subtask: Instruction<'static>,
    address: u32,
) {
    let at = |align| MemArg { offset: 0, align, memory_index: 0 };
    match finish.value {
        None => run.extend([subtask, Instruction::LocalGet(address), Instruction::Call(func)]),
        // One flat value is as big as it is aligned.
        Some((ty, size)) => {
            push_check_aligned(run, address, size);
            run.extend([Instruction::LocalGet(address), subtask, Instruction::Call(func)]);
            run.push(match (ty, size) {
                (ValType::I64, _) => Instruction::I64Store(at(3)),
                (ValType::F32, _) => Instruction::F32Store(at(2)),
                (ValType::F64, _) => Instruction::F64Store(at(3)),
                (_, 1) => Instruction::I32Store8(at(0)),
                (_, 2) => Instruction::I32Store16(at(1)),
                _ => Instruction::I32Store(at(2)),
            });
        }
    }
}
