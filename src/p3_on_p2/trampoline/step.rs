//! Turns: where a part waits, tasks of the parts before it go on, and in its drivers its own.
//!
//! These functions are in the first module of the part, so that all others can call them.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::task::State;
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// What R answers instead of an event when a task can go on: `15 | part << 4 | task << 32`.
const STEP: i64 = 15;

/// How a part waits, as R is told: at the end of a turn; once more, after a task went on.
const DRIVING: i32 = 1;
const AGAIN: i32 = 2;

/// What a part must do for tasks.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    /// Its number, if it has turns to give itself.
    pub own: Option<u32>,
    /// The parts before it that have turns to give: number, and the function which does.
    pub others: Vec<(u32, u32)>,
    /// The functions of the first module.
    pub functions: StepFunctions,
    pub calls: StepCalls,
}

/// Functions that take the place of R's where tasks go on meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepFunctions {
    /// As `waitable-set-wait`, `yield` and `block-on`, in the middle of the part's code.
    pub wait: u32,
    pub yield_: u32,
    pub block_on: u32,
    /// As `waitable-set-wait` and `yield`, in its drivers: also its own tasks go on.
    pub drive_wait: u32,
    pub drive_yield: u32,
    /// `(subtask) -> state`: the sync `subtask.cancel`.
    pub subtask_cancel: u32,
    /// `(callee) -> event`: a sync call may begin.
    pub enter: u32,
    /// `(subtask) -> event`: it has returned.
    pub returned: u32,
    /// `(task) -> ()`: gives one of the part's own tasks a turn.
    pub turn: u32,
    /// `() -> ()`: everything that can go on does, until nothing is left.
    pub settle: u32,
}

/// Functions of R, as core functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepCalls {
    pub wait: u32,
    pub block_on: u32,
    pub enter: u32,
    pub returned: u32,
    pub round: u32,
    pub next: u32,
    pub turn: u32,
    pub cancel_turn: u32,
    pub cancelled: u32,
    /// `tasks-left`, where the host's call is over only when nothing is left.
    pub left: Option<u32>,
}

/// The same as indices of the module.
pub(super) struct Imported {
    others: Vec<(u32, u32)>,
    calls: StepCalls,
}

/// What the first module does with a subtask that was cancelled and has not ended, as indices.
pub(super) struct Cancelling {
    /// `(turn) -> ()`
    resume: u32,
    block_on: u32,
    cancel_turn: u32,
    cancelled: u32,
    fill: Option<u32>,
}

impl Steps {
    /// Imports what the functions call.
    pub(super) fn import(&self, module: &mut CoreModule) -> Imported {
        let StepCalls { wait, block_on, enter, returned, round, next, turn, cancel_turn, cancelled, left } = self.calls;
        let waiting = Signature::new(&[I32, I32], &[I64]);
        let others =
            self.others.iter().map(|(part, turn)| (*part, module.import_at(*turn, Signature::new(&[I32], &[]))));
        Imported {
            others: others.collect(),
            calls: StepCalls {
                wait: module.import_at(wait, waiting.clone()),
                block_on: module.import_at(block_on, waiting.clone()),
                enter: module.import_at(enter, waiting.clone()),
                returned: module.import_at(returned, waiting),
                round: module.import_at(round, Signature::default()),
                next: module.import_at(next, Signature::new(&[I32], &[I64])),
                turn: module.import_at(turn, Signature::new(&[I32], &[I32])),
                cancel_turn: module.import_at(cancel_turn, Signature::new(&[I32], &[I64])),
                cancelled: module.import_at(cancelled, Signature::new(&[I32], &[I32])),
                left: left.map(|left| module.import_at(left, Signature::new(&[], &[I64]))),
            },
        }
    }

    /// Adds the functions. `state` is that of the running task.
    pub(super) fn build(
        &self,
        module: &mut CoreModule,
        imported: &Imported,
        state: &State,
        fill: Option<u32>,
    ) -> Cancelling {
        let (calls, functions) = (&imported.calls, &self.functions);
        let resume = self.resume(module, imported, state);
        let wait = |module: &mut CoreModule, def, inner, flags| {
            let mut run = vec![
                Instruction::Loop(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::LocalGet(2),
                Instruction::I32Const(flags),
                Instruction::I32Or,
                Instruction::Call(inner),
                Instruction::LocalTee(1),
                Instruction::I64Const(STEP),
                Instruction::I64And,
                Instruction::I64Const(STEP),
                Instruction::I64Eq,
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(1),
                Instruction::Call(resume),
                Instruction::I32Const(AGAIN),
                Instruction::LocalSet(2),
                Instruction::Br(1),
                Instruction::End,
                Instruction::End,
            ];
            run.extend(fill.map(Instruction::Call));
            run.push(Instruction::LocalGet(1));
            let code = Code { locals: vec![I64, I32], instructions: run };
            module.add(Some(def), "wasi-shim: wait", Signature::new(&[I32], &[I64]), code)
        };
        wait(module, functions.wait, calls.wait, 0);
        let block_on = wait(module, functions.block_on, calls.block_on, 0);
        wait(module, functions.enter, calls.enter, 0);
        wait(module, functions.returned, calls.returned, 0);
        wait(module, functions.drive_wait, calls.wait, DRIVING);
        let each = |module: &mut CoreModule, def, name: &'static str, before: Vec<_>, next: Vec<_>| {
            let mut run = before;
            run.extend([Instruction::Block(BlockType::Empty), Instruction::Loop(BlockType::Empty)]);
            run.extend(next);
            run.extend([
                Instruction::LocalTee(0),
                Instruction::I64Eqz,
                Instruction::BrIf(1),
                Instruction::LocalGet(0),
                Instruction::Call(resume),
                Instruction::Br(0),
                Instruction::End,
                Instruction::End,
            ]);
            run.extend(fill.map(Instruction::Call));
            let code = Code { locals: vec![I64], instructions: run };
            module.add(Some(def), name, Signature::default(), code);
        };
        for (def, flags) in [(functions.yield_, 0), (functions.drive_yield, DRIVING)] {
            let next = vec![Instruction::I32Const(flags), Instruction::Call(calls.next)];
            each(module, def, "wasi-shim: yield", vec![Instruction::Call(calls.round)], next);
        }
        if let Some(left) = calls.left {
            each(module, functions.settle, "wasi-shim: settle", Vec::new(), vec![Instruction::Call(left)]);
        }
        Cancelling { resume, block_on, cancel_turn: calls.cancel_turn, cancelled: calls.cancelled, fill }
    }

    /// `(turn) -> ()`: the part that R names gives the task a turn.
    fn resume(&self, module: &mut CoreModule, imported: &Imported, state: &State) -> u32 {
        let own = self.own.map(|own| (own, self.turn(module, imported, state)));
        let mut run = vec![
            Instruction::LocalGet(0),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::LocalSet(1),
            Instruction::LocalGet(0),
            Instruction::I32WrapI64,
            Instruction::I32Const(4),
            Instruction::I32ShrU,
            Instruction::LocalSet(2),
        ];
        for (part, turn) in own.into_iter().chain(imported.others.iter().copied()) {
            run.extend([
                Instruction::LocalGet(2),
                Instruction::I32Const(part as i32),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(1),
                Instruction::Call(turn),
                Instruction::Return,
                Instruction::End,
            ]);
        }
        run.push(Instruction::Unreachable);
        let code = Code { locals: vec![I32, I32], instructions: run };
        module.add(None, "wasi-shim: resume", Signature::new(&[I64], &[]), code)
    }

    /// A turn of one of the part's own tasks. The part may be in the middle of a task, to which it comes back.
    fn turn(&self, module: &mut CoreModule, imported: &Imported, state: &State) -> u32 {
        let (task, turn, saved) = (0, 1, 2);
        let mut locals = vec![I32];
        let mut run = Vec::new();
        for (at, (global, ty)) in state.globals().into_iter().enumerate() {
            run.extend([Instruction::GlobalGet(global), Instruction::LocalSet(saved + at as u32)]);
            locals.push(ty);
        }
        run.extend([
            Instruction::LocalGet(task),
            Instruction::Call(imported.calls.turn),
            Instruction::LocalSet(turn),
            // `(task, whether it is resolved, 0)`
            Instruction::LocalGet(task),
            Instruction::LocalGet(turn),
            Instruction::I32Const(31),
            Instruction::I32ShrU,
            Instruction::I32Const(0),
            // The slot.
            Instruction::LocalGet(turn),
            Instruction::I32Const(i32::MAX),
            Instruction::I32And,
            Instruction::CallIndirect { type_index: 0, table_index: 0 },
        ]);
        for (at, (global, _)) in state.globals().into_iter().enumerate() {
            run.extend([Instruction::LocalGet(saved + at as u32), Instruction::GlobalSet(global)]);
        }
        let code = Code { locals, instructions: run };
        module.add(Some(self.functions.turn), "wasi-shim: turn", Signature::new(&[I32], &[]), code)
    }
}

impl Cancelling {
    /// Subtask `subtask` was cancelled and local `result` is BLOCKED: its task gets a turn, and if it does not end with that, a
    /// `sync` cancellation waits for it.
    pub(super) fn push(&self, run: &mut Vec<Instruction<'static>>, subtask: u32, result: u32, sync: bool) {
        run.extend([
            Instruction::LocalGet(subtask),
            Instruction::Call(self.cancel_turn),
            Instruction::Call(self.resume),
        ]);
        run.extend(self.fill.map(Instruction::Call));
        run.extend([Instruction::LocalGet(subtask), Instruction::Call(self.cancelled), Instruction::LocalSet(result)]);
        if sync {
            run.extend([
                Instruction::LocalGet(result),
                Instruction::I32Const(super::BLOCKED),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                // That it has begun may be told first.
                Instruction::Loop(BlockType::Empty),
                Instruction::LocalGet(subtask),
                Instruction::Call(self.block_on),
                Instruction::I64Const(32),
                Instruction::I64ShrU,
                Instruction::I32WrapI64,
                Instruction::LocalTee(result),
                Instruction::I32Const(super::RETURNED),
                Instruction::I32LtU,
                Instruction::BrIf(0),
                Instruction::End,
                Instruction::End,
            ]);
        }
    }
}
