//! The callee's side of a call from part to part: a task begins, goes on, and its result is fetched.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::driver::Collect;
use super::values::Body;
use super::{Given, Task, delivery, push_code, push_payload, push_waitable};
use crate::substitute::{CoreModule, Signature};

use ValType::{I32, I64};

/// The code of the event that asks a task to end; its waitable is none.
const TASK_CANCELLED: i32 = 6;

/// Functions of R.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnCalls {
    pub caller: u32,
    pub start: u32,
    pub answer: u32,
    pub suspend: u32,
    pub exit: u32,
    pub return_: u32,
    pub event: u32,
    pub context: u32,
}

/// What an async export is beside its driver: `(params) -> state` begins a task, and the function in `slot` of the table
/// gives it a turn.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    pub def: u32,
    pub core: u32,
    pub params: Vec<ValType>,
    pub callback: u32,
    pub given: Given,
    pub task: Task,
    /// The number of the part.
    pub part: u32,
    /// What passes the ends in the parameters: see [`Pass`](super::Pass).
    pub pass: Option<u32>,
    /// The first module's `fill`, if the part reads: other parts may have written.
    pub fill: Option<u32>,
    pub slot: u32,
    /// The kind of its `task.return`.
    pub kind: u32,
    pub calls: TurnCalls,
}

/// The same, and what else is called, as indices of the module.
struct Imported {
    calls: TurnCalls,
    enter: u32,
    context: u32,
    has_returned: u32,
    hold: Option<u32>,
    collect: Collect,
}

impl Turns {
    /// Imports what the functions call and gives back what adds them.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let Turns { def, core, params, callback, given, task, part, pass, fill, slot, kind, calls } = self;
        let core = module.import_at(core, Signature { params: params.clone(), results: vec![I32] });
        let callback = module.import_at(callback, Signature::new(&[I32, I32, I32], &[I32]));
        let deliver = module.import_at(task.deliver, Signature::new(&[I32, I32], &[]));
        let set_caller = module.import_at(task.set_caller, Signature::new(&[I32], &[]));
        let pass = pass.map(|pass| {
            let all = [I32, I32].into_iter().chain(params.iter().copied()).collect();
            module.import_at(pass, Signature { params: all, results: params.clone() })
        });
        let fill = fill.map(|fill| module.import_at(fill, Signature::default()));
        let reset = given.arena().map(|arena| module.import_at(arena.reset, Signature::default()));
        let hold = given.arena().map(|arena| module.import_at(arena.hold, Signature::default()));
        let imported = Imported {
            calls: TurnCalls {
                caller: module.import_at(calls.caller, Signature::new(&[I32], &[I32])),
                start: module.import_at(calls.start, Signature::new(&[I32], &[I32])),
                answer: module.import_at(calls.answer, Signature::new(&[I32], &[I32])),
                suspend: module.import_at(calls.suspend, Signature::new(&[I32, I32, I64], &[])),
                exit: module.import_at(calls.exit, Signature::new(&[I32], &[])),
                return_: module.import_at(calls.return_, Signature::new(&[I32, I64], &[])),
                event: module.import_at(calls.event, Signature::new(&[I32], &[I64])),
                context: module.import_at(calls.context, Signature::new(&[I32], &[I64])),
            },
            enter: module.import_at(task.enter, Signature::new(&[I32, I32, I64, I32], &[])),
            context: module.import_at(task.context, Signature::new(&[], &[I64])),
            has_returned: module.import_at(task.has_returned, Signature::new(&[], &[I32])),
            hold,
            collect: Collect::import(given, task, module),
        };
        module.import_table(task.table);
        move |module| {
            let TurnCalls { caller, start, answer, event, context, .. } = imported.calls;
            let push_entry = |body: &mut Body, this| {
                body.run.extend([
                    Instruction::LocalGet(this),
                    Instruction::Call(caller),
                    Instruction::Call(set_caller),
                ]);
                body.run.extend(fill.map(Instruction::Call));
            };
            let mut body = Body::new(params.len());
            let this = body.local(I32);
            body.run.extend([
                Instruction::I32Const(slot as i32),
                Instruction::Call(start),
                Instruction::LocalTee(this),
                Instruction::I32Const(0),
                Instruction::I64Const(0),
                Instruction::I32Const(kind as i32),
                Instruction::Call(imported.enter),
            ]);
            push_entry(&mut body, this);
            body.run.extend(reset.map(Instruction::Call));
            if pass.is_some() {
                let part = Instruction::I32Const(part as i32);
                body.run.extend([Instruction::LocalGet(this), Instruction::Call(caller), part]);
            }
            body.run.extend((0..params.len() as u32).map(Instruction::LocalGet));
            body.run.extend(pass.map(Instruction::Call));
            body.run.push(Instruction::Call(core));
            imported.push_end(&mut body, this, None);
            body.run.extend([
                Instruction::I32Const(0),
                Instruction::I32Const(0),
                Instruction::I64Const(0),
                Instruction::I32Const(0),
                Instruction::Call(imported.enter),
                Instruction::LocalGet(this),
                Instruction::Call(answer),
            ]);
            let signature = Signature { params: params.clone(), results: vec![I32] };
            module.add(Some(def), "wasi-shim: start", signature, body.into_code());

            let (this, resolved) = (0, 1);
            let mut body = Body::new(3);
            let happened = body.local(I64);
            body.run.extend([
                Instruction::LocalGet(this),
                Instruction::LocalGet(resolved),
                Instruction::LocalGet(this),
                Instruction::Call(context),
                Instruction::I32Const(kind as i32),
                Instruction::Call(imported.enter),
            ]);
            push_entry(&mut body, this);
            body.run.extend([
                Instruction::LocalGet(this),
                Instruction::Call(event),
                Instruction::LocalTee(happened),
                Instruction::I64Eqz,
                Instruction::LocalGet(happened),
                Instruction::I64Const(i64::from(TASK_CANCELLED)),
                Instruction::I64Eq,
                Instruction::I32Or,
                Instruction::I32Eqz,
                Instruction::If(BlockType::Empty),
            ]);
            push_waitable(&mut body.run, happened);
            push_payload(&mut body.run, happened);
            body.run.extend([Instruction::Call(deliver), Instruction::End]);
            push_code(&mut body.run, happened);
            push_waitable(&mut body.run, happened);
            push_payload(&mut body.run, happened);
            body.run.push(Instruction::Call(callback));
            imported.push_end(&mut body, this, Some(resolved));
            let turn = module.add(None, "wasi-shim: turn", delivery(), body.into_code());
            module.slot_at(slot, turn);
        }
    }
}

impl Imported {
    /// A turn of the task in local `this` ends with the callback code on the stack. It may have returned before if local
    /// `resolved` says so.
    fn push_end(&self, body: &mut Body, this: u32, resolved: Option<u32>) {
        let [status, returned] = [body.local(I32), body.local(I32)];
        let TurnCalls { suspend, exit, return_, .. } = self.calls;
        body.run.extend([
            Instruction::LocalSet(status),
            Instruction::Call(self.has_returned),
            Instruction::LocalTee(returned),
            Instruction::I32Const(1),
            Instruction::I32Eq,
        ]);
        body.run.extend(
            resolved
                .into_iter()
                .flat_map(|resolved| [Instruction::LocalGet(resolved), Instruction::I32Eqz, Instruction::I32And]),
        );
        body.run.push(Instruction::If(BlockType::Empty));
        let bits = body.local(I64);
        self.collect.push(body);
        body.run.push(Instruction::LocalSet(bits));
        body.run.extend(self.hold.map(Instruction::Call));
        body.run.extend([
            Instruction::LocalGet(this),
            Instruction::LocalGet(bits),
            Instruction::Call(return_),
            Instruction::End,
            Instruction::LocalGet(status),
            Instruction::I32Const(0xf),
            Instruction::I32And,
            Instruction::If(BlockType::Empty),
            Instruction::LocalGet(this),
            Instruction::LocalGet(status),
            Instruction::Call(self.context),
            Instruction::Call(suspend),
            Instruction::Else,
            Instruction::LocalGet(returned),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
        ]);
        self.collect.push_none(&mut body.run);
        body.run.extend([Instruction::End, Instruction::LocalGet(this), Instruction::Call(exit), Instruction::End]);
    }
}

/// The result of a call that has returned, of which R knows: `(subtask) -> [result]`.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    pub def: u32,
    pub given: Given,
    /// R's `task-result`.
    pub result: u32,
}

impl Fetch {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let Fetch { def, given, result } = self;
        let result = module.import_at(result, Signature::new(&[], &[I64]));
        let release = given.arena().map(|arena| module.import_at(arena.release, Signature::default()));
        move |module| {
            let mut body = Body::new(1);
            let bits = body.local(I64);
            body.run.extend([Instruction::Call(result), Instruction::LocalSet(bits)]);
            body.run.extend(release.map(Instruction::Call));
            given.push(&mut body, bits);
            let signature = Signature { params: vec![I32], results: given.flat().into_iter().collect() };
            module.add(Some(def), "wasi-shim: finish", signature, body.into_code());
        }
    }
}
