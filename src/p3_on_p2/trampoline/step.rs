//! Turns: where a part waits, the tasks of the parts that it calls go on, and in its drivers its own.
//!
//! These functions are in the first module of the part, so that all others can call them.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::task::State;
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// The bit in a set of parts that says that another part waits for this one.
const CALLED: u64 = 1 << 63;

/// What R answers instead of an event when tasks can go on.
const STEP: i64 = 15;

/// What a part must do for tasks.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    /// The parts that it calls, directly or through others: bits.
    pub below: u64,
    /// Whether other parts call it: then one of them is on the stack where it waits.
    pub is_called: bool,
    /// The `step` functions of those that it calls directly.
    pub callees: Vec<u32>,
    /// Its number, if it has tasks itself.
    pub own: Option<u32>,
    /// The functions of the first module.
    pub functions: StepFunctions,
    pub calls: StepCalls,
}

/// Functions that take the place of R's where tasks go on meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepFunctions {
    /// As `waitable-set-wait`, `waitable-set-poll`, `yield` and `block-on`, in the middle of the part's code.
    pub wait: u32,
    pub poll: u32,
    pub yield_: u32,
    pub block_on: u32,
    /// As `waitable-set-wait` and `yield`, in its drivers: also its own tasks go on.
    pub drive_wait: u32,
    pub drive_yield: u32,
    /// `(subtask) -> state`: the sync `subtask.cancel`.
    pub subtask_cancel: u32,
    /// `() -> ()`: everything that can go on does, once or until nothing is left.
    pub step: u32,
    pub settle: u32,
}

/// Functions of R, as core functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepCalls {
    pub wait: u32,
    pub poll: u32,
    pub yield_: u32,
    pub block_on: u32,
    pub ready: u32,
    pub round: u32,
    pub next: u32,
    pub cancelled: u32,
    /// `tasks-left`, where the host's call is over only when nothing is left.
    pub left: Option<u32>,
}

/// The same as indices of the module.
pub(super) struct Imported {
    callees: Vec<u32>,
    calls: StepCalls,
}

impl Imported {
    /// `subtask-cancelled`
    pub fn cancelled(&self) -> u32 {
        self.calls.cancelled
    }
}

impl Steps {
    /// Imports what the functions call.
    pub(super) fn import(&self, module: &mut CoreModule) -> Imported {
        let StepCalls { wait, poll, yield_, block_on, ready, round, next, cancelled, left } = self.calls;
        Imported {
            callees: self.callees.iter().map(|step| module.import(*step, Signature::default())).collect(),
            calls: StepCalls {
                wait: module.import(wait, Signature::new(&[I32, I64], &[I64])),
                poll: module.import(poll, Signature::new(&[I32], &[I64])),
                yield_: module.import(yield_, Signature::default()),
                block_on: module.import(block_on, Signature::new(&[I32, I64], &[I64])),
                ready: module.import(ready, Signature::new(&[I64], &[I32])),
                round: module.import(round, Signature::new(&[], &[I32])),
                next: module.import(next, Signature::new(&[I32, I32], &[I64])),
                cancelled: module.import(cancelled, Signature::new(&[I32], &[I32])),
                left: left.map(|left| module.import(left, Signature::new(&[I64], &[I32]))),
            },
        }
    }

    /// Adds the functions. `state` is that of the running task; the answer are the indices of `step` without the
    /// part's own tasks, and `block_on`.
    pub(super) fn build(&self, module: &mut CoreModule, imported: &Imported, state: &State) -> [u32; 2] {
        let Imported { callees, calls } = imported;
        let functions = &self.functions;
        let run = callees.iter().map(|callee| Instruction::Call(*callee)).collect();
        let code = Code { instructions: run, ..Code::default() };
        let below = module.function(None, "wasi-shim: step callees", Signature::default(), code);
        let called = if self.is_called { CALLED } else { 0 };
        let mid = Turn { parts: self.below | called, step: below };
        mid.wait(module, functions.wait, calls.wait);
        let block_on = mid.wait(module, functions.block_on, calls.block_on);
        mid.poll(module, functions.poll, calls);
        mid.yield_(module, functions.yield_, calls);

        let mut run = Vec::new();
        let mut locals = Vec::new();
        if let Some(own) = self.own {
            self.push_own(&mut run, &mut locals, own, calls, state);
        }
        run.push(Instruction::Call(below));
        let code = Code { locals, instructions: run };
        let step = module.function(Some(functions.step), "wasi-shim: step", Signature::default(), code);
        let own = self.own.map_or(0, |own| 1 << own);
        let driving = Turn { parts: self.below | own | called, step };
        driving.wait(module, functions.drive_wait, calls.wait);
        driving.yield_(module, functions.drive_yield, calls);
        if let Some(left) = calls.left {
            let run = vec![
                Instruction::Loop(BlockType::Empty),
                Instruction::I64Const(driving.parts as i64),
                Instruction::Call(left),
                Instruction::If(BlockType::Empty),
                Instruction::Call(step),
                Instruction::Br(1),
                Instruction::End,
                Instruction::End,
            ];
            let code = Code { instructions: run, ..Code::default() };
            module.function(Some(functions.settle), "wasi-shim: settle", Signature::default(), code);
        }
        [below, block_on]
    }

    /// One turn for each of the part's own tasks that can go on.
    fn push_own(
        &self,
        run: &mut Vec<Instruction<'static>>,
        locals: &mut Vec<ValType>,
        own: u32,
        calls: &StepCalls,
        state: &State,
    ) {
        let (round, next, saved) = (0, 1, 2);
        locals.extend([I32, I64]);
        for (at, (global, ty)) in state.globals().into_iter().enumerate() {
            run.extend([Instruction::GlobalGet(global), Instruction::LocalSet(saved + at as u32)]);
            locals.push(ty);
        }
        run.extend([
            Instruction::Call(calls.round),
            Instruction::LocalSet(round),
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::I32Const(own as i32),
            Instruction::LocalGet(round),
            Instruction::Call(calls.next),
            Instruction::LocalTee(next),
            Instruction::I64Eqz,
            Instruction::BrIf(1),
            // `(task, whether it is resolved, 0)`
            Instruction::LocalGet(next),
            Instruction::I32WrapI64,
            Instruction::LocalGet(next),
            Instruction::I64Const(63),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::I32Const(0),
            // The slot of the export.
            Instruction::LocalGet(next),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::I32Const(i32::MAX),
            Instruction::I32And,
            Instruction::CallIndirect { type_index: 0, table_index: 0 },
            Instruction::Br(0),
            Instruction::End,
            Instruction::End,
        ]);
        for (at, (global, _)) in state.globals().into_iter().enumerate() {
            run.extend([Instruction::LocalGet(saved + at as u32), Instruction::GlobalSet(global)]);
        }
    }
}

/// What happens where something waits: `step` is called when tasks of `parts` can go on.
struct Turn {
    parts: u64,
    step: u32,
}

impl Turn {
    /// Waiting with `inner`, a function of R's: `(set or waitable) -> event`.
    fn wait(&self, module: &mut CoreModule, def: u32, inner: u32) -> u32 {
        let run = vec![
            Instruction::Loop(BlockType::Empty),
            Instruction::LocalGet(0),
            Instruction::I64Const(self.parts as i64),
            Instruction::Call(inner),
            Instruction::LocalTee(1),
            Instruction::I64Const(STEP),
            Instruction::I64Eq,
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.step),
            Instruction::Br(1),
            Instruction::End,
            Instruction::End,
            Instruction::LocalGet(1),
        ];
        let code = Code { locals: vec![I64], instructions: run };
        module.function(Some(def), "wasi-shim: wait", Signature::new(&[I32], &[I64]), code)
    }

    fn poll(&self, module: &mut CoreModule, def: u32, calls: &StepCalls) {
        let poll = [Instruction::LocalGet(0), Instruction::Call(calls.poll), Instruction::LocalTee(1)];
        let mut run = poll.to_vec();
        run.extend([Instruction::I64Eqz, Instruction::If(BlockType::Empty)]);
        self.push(&mut run, calls);
        run.extend(poll);
        run.extend([Instruction::Drop, Instruction::End, Instruction::LocalGet(1)]);
        let code = Code { locals: vec![I64], instructions: run };
        module.function(Some(def), "wasi-shim: poll", Signature::new(&[I32], &[I64]), code);
    }

    fn yield_(&self, module: &mut CoreModule, def: u32, calls: &StepCalls) {
        let mut run = vec![Instruction::Call(calls.yield_)];
        self.push(&mut run, calls);
        let code = Code { instructions: run, ..Code::default() };
        module.function(Some(def), "wasi-shim: yield", Signature::default(), code);
    }

    /// One step, if tasks can go on.
    fn push(&self, run: &mut Vec<Instruction<'static>>, calls: &StepCalls) {
        run.extend([
            Instruction::I64Const(self.parts as i64),
            Instruction::Call(calls.ready),
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.step),
            Instruction::End,
        ]);
    }
}
