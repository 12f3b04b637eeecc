//! The state of the running task, and delivery: what has to be written to the guest's memory before the guest
//! learns of an event.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::step::Steps;
use super::{BLOCKED, RETURNED, delivery, push_payload, push_waitable};
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// What a backtrace shows when a task ends without a result.
const NO_RESULT: &str = "wasi-shim: the task ended without task.return";

/// … when it returns twice, by a `task.return` of another type or other options than its function has, or by none of its own
const WRONG_RETURN: &str = "wasi-shim: task.return, but the task has returned or is of another type";

/// … and when one is cancelled that nobody asked to end.
pub(crate) const NOT_CANCELLED: &str = "wasi-shim: task.cancel, but nothing was cancelled";

/// What `has_returned` says of a task that was cancelled.
const CANCELLED: i32 = 2;

/// The first module in the guest: it needs nothing of the guest, so that everything else can call it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    /// `() -> i32` and `(i32) -> ()`, for each slot of `context.get` and `context.set`.
    pub context_get: [u32; 2],
    pub context_set: [u32; 2],
    /// `() -> ()`: a sync call ends, whose `post-return` will ask for its contexts; the latter take the places of the current ones, and
    /// again.
    pub leave: u32,
    pub swap: u32,
    /// `(waitable, payload) -> ()`: delivers the outcome of the operation on a waitable.
    pub deliver: u32,
    /// `(kind) -> ()`: a task begins, whose `task.return` has to be of that kind.
    pub begin: u32,
    /// `(kind, i64) -> ()`: it returns a result, as bits.
    pub set_result: u32,
    /// `() -> i64`: it ends; the result.
    pub end: u32,
    /// `() -> i32`: whether it has returned (1) or was cancelled (2).
    pub has_returned: u32,
    /// `(task, resolved, context, kind) -> ()`: a turn of a task begins. Drivers run as task 0.
    pub enter: u32,
    /// `(part) -> ()` and `() -> part`: who called the task, and gets the ends that it returns.
    pub set_caller: u32,
    pub caller: u32,
    /// `() -> i64`: both context slots.
    pub context: u32,
    /// `() -> ()`
    pub task_cancel: u32,
    /// `(index, i64) -> ()` and `(index) -> i64`: flat values of a result that has several.
    pub stash: u32,
    pub fetch: u32,
    /// `(subtask) -> i32`: cancels it, and delivers the result if it has returned.
    pub subtask_cancel: u32,
    /// `() -> ()`: delivers what writes of parts gave to pending reads of the part, if there are reads.
    pub fill: u32,
    /// The table of deliveries, by kind; kind 0 is none.
    pub table: u32,
}

/// Functions of R that the module calls.
pub(crate) struct Calls {
    pub cookie: u32,
    /// `fill`, if the part reads.
    pub fill: Option<u32>,
    pub subtask_cancel: u32,
    /// `may-return`, if tasks borrow handles of third parts.
    pub may_return: Option<u32>,
    /// Whether the part sets contexts.
    pub sets_context: bool,
    /// `task-cancel`, if the part has tasks.
    pub task_cancel: Option<u32>,
}

/// The globals of the running task.
pub(super) struct State {
    contexts: [u32; 2],
    /// What `has_returned` says.
    returned: u32,
    /// The result, as bits.
    result: u32,
    /// The task, or 0.
    task: u32,
    /// The kind of `task.return` that it may call.
    kind: u32,
    /// The part that called it.
    caller: u32,
}

impl State {
    /// The globals, with their types.
    pub fn globals(&self) -> [(u32, ValType); 7] {
        let State { contexts: [first, second], returned, result, task, kind, caller } = *self;
        [(first, I32), (second, I32), (returned, I32), (task, I32), (kind, I32), (caller, I32), (result, I64)]
    }
}

impl Task {
    /// The module, with a table for `kinds` deliveries and turns; `stashes` says whether results may have several flat
    /// values.
    pub fn module(&self, calls: &Calls, kinds: u32, stashes: bool, steps: Option<&Steps>) -> CoreModule {
        let mut module = CoreModule::default();
        module.indirect_type(delivery());
        module.provide_table(self.table, kinds);
        let unary = Signature::new(&[I32], &[I32]);
        let cookie = module.import_at(calls.cookie, Signature::new(&[I32], &[I64]));
        let fill = calls.fill.map(|fill| module.import_at(fill, Signature::new(&[], &[I64])));
        let subtask_cancel = module.import_at(calls.subtask_cancel, unary.clone());
        let task_cancel = calls.task_cancel.map(|cancel| module.import_at(cancel, Signature::new(&[I32], &[])));
        let may_return = calls.may_return.map(|may| module.import_at(may, Signature::new(&[I32], &[])));
        let imported = steps.map(|steps| (steps, steps.import(&mut module)));
        let state = State {
            contexts: [(); 2].map(|()| module.global_at(I32)),
            result: module.global_at(I64),
            returned: module.global_at(I32),
            task: module.global_at(I32),
            kind: module.global_at(I32),
            caller: module.global_at(I32),
        };

        for (slot, context) in state.contexts.into_iter().enumerate() {
            let get = Code { instructions: vec![Instruction::GlobalGet(context)], ..Code::default() };
            let set = vec![Instruction::LocalGet(0), Instruction::GlobalSet(context)];
            let set = Code { instructions: set, ..Code::default() };
            module.add(Some(self.context_get[slot]), "wasi-shim: context.get", Signature::new(&[], &[I32]), get);
            module.add(Some(self.context_set[slot]), "wasi-shim: context.set", Signature::new(&[I32], &[]), set);
        }

        if calls.sets_context {
            self.keep_contexts(&mut module, state.contexts);
        }
        let deliver = vec![
            Instruction::LocalGet(0),
            Instruction::Call(cookie),
            Instruction::LocalTee(2),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::LocalTee(3),
            Instruction::If(BlockType::Empty),
            Instruction::LocalGet(0),
            Instruction::LocalGet(2),
            Instruction::I32WrapI64,
            Instruction::LocalGet(1),
            Instruction::LocalGet(3),
            Instruction::CallIndirect { type_index: 0, table_index: 0 },
            Instruction::End,
        ];
        let deliver = Code { locals: vec![I64, I32], instructions: deliver };
        let signature = Signature::new(&[I32, I32], &[]);
        let mut fills = None;
        let deliver = match fill {
            None => module.add(Some(self.deliver), "wasi-shim: deliver", signature, deliver),
            Some(fill) => {
                let one = module.add(None, "wasi-shim: deliver", signature.clone(), deliver);
                let fill = self.fills(&mut module, fill, one);
                fills = Some(fill);
                let run = vec![
                    Instruction::Call(fill),
                    Instruction::LocalGet(0),
                    Instruction::LocalGet(1),
                    Instruction::Call(one),
                ];
                let code = Code { instructions: run, ..Code::default() };
                module.add(Some(self.deliver), "wasi-shim: deliver", signature, code)
            }
        };

        let State { result, returned, kind, caller, .. } = state;
        let begin = vec![
            Instruction::I32Const(0),
            Instruction::GlobalSet(returned),
            Instruction::LocalGet(0),
            Instruction::GlobalSet(kind),
        ];
        let begin = Code { instructions: begin, ..Code::default() };
        module.add(Some(self.begin), "wasi-shim: begin", Signature::new(&[I32], &[]), begin);
        let set =
            Code { instructions: vec![Instruction::LocalGet(0), Instruction::GlobalSet(caller)], ..Code::default() };
        module.add(Some(self.set_caller), "wasi-shim: set caller", Signature::new(&[I32], &[]), set);
        let get = Code { instructions: vec![Instruction::GlobalGet(caller)], ..Code::default() };
        module.add(Some(self.caller), "wasi-shim: caller", Signature::new(&[], &[I32]), get);
        let trap = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
        let trap = module.add(None, WRONG_RETURN, Signature::default(), trap);
        let set = vec![
            Instruction::GlobalGet(returned),
            Instruction::GlobalGet(kind),
            Instruction::LocalGet(0),
            Instruction::I32Ne,
            Instruction::I32Or,
            Instruction::If(BlockType::Empty),
            Instruction::Call(trap),
            Instruction::End,
            Instruction::I32Const(1),
            Instruction::GlobalSet(returned),
            Instruction::LocalGet(1),
            Instruction::GlobalSet(result),
        ];
        let task = state.task;
        let checked = may_return.map(|may| [Instruction::GlobalGet(task), Instruction::Call(may)]);
        let set = [checked.into_iter().flatten().collect(), set].concat();
        let set = Code { instructions: set, ..Code::default() };
        module.add(Some(self.set_result), "wasi-shim: task.return", Signature::new(&[I32, I64], &[]), set);
        let get = Code { instructions: vec![Instruction::GlobalGet(returned)], ..Code::default() };
        let signature = Signature::new(&[], &[I32]);
        module.add(Some(self.has_returned), "wasi-shim: has returned", signature, get);
        let trap = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
        let trap = module.add(None, NO_RESULT, Signature::default(), trap);
        let end = vec![
            Instruction::GlobalGet(returned),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Call(trap),
            Instruction::End,
            Instruction::GlobalGet(result),
        ];
        let end = Code { instructions: end, ..Code::default() };
        module.add(Some(self.end), "wasi-shim: end", Signature::new(&[], &[I64]), end);
        if stashes {
            self.stash(&mut module);
        }
        if let Some(cancel) = task_cancel {
            self.turns(&mut module, &state, cancel);
        }

        // A call of another part may end before its caller goes on.
        let cancelling = imported.as_ref().map(|(steps, imported)| steps.build(&mut module, imported, &state, fills));
        let mut cancel = |def: u32, sync: bool| {
            let mut run = vec![Instruction::LocalGet(0), Instruction::Call(subtask_cancel), Instruction::LocalTee(1)];
            if let Some(cancelling) = &cancelling {
                run.extend([Instruction::I32Const(BLOCKED), Instruction::I32Eq, Instruction::If(BlockType::Empty)]);
                cancelling.push(&mut run, 0, 1, sync);
                run.extend([Instruction::End, Instruction::LocalGet(1)]);
            }
            run.extend([
                Instruction::I32Const(RETURNED),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::LocalGet(1),
                Instruction::Call(deliver),
                Instruction::End,
                Instruction::LocalGet(1),
            ]);
            let code = Code { locals: vec![I32], instructions: run };
            module.add(Some(def), "wasi-shim: subtask.cancel", unary.clone(), code);
        };
        cancel(self.subtask_cancel, false);
        if let Some((steps, _)) = imported {
            cancel(steps.functions.subtask_cancel, true);
        }
        module
    }
}

impl Task {
    /// Puts what pending reads have got where they want it: `fill` of R names them one by one.
    fn fills(&self, module: &mut CoreModule, fill: u32, deliver: u32) -> u32 {
        let mut run = vec![
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::Call(fill),
            Instruction::LocalTee(0),
            Instruction::I64Eqz,
            Instruction::BrIf(1),
        ];
        push_waitable(&mut run, 0);
        push_payload(&mut run, 0);
        run.extend([Instruction::Call(deliver), Instruction::Br(0), Instruction::End, Instruction::End]);
        let code = Code { locals: vec![I64], instructions: run };
        module.add(Some(self.fill), "wasi-shim: fill", Signature::default(), code)
    }

    /// What `post-return` needs.
    fn keep_contexts(&self, module: &mut CoreModule, contexts: [u32; 2]) {
        let (mut leave, mut swap) = (Vec::new(), Vec::new());
        for context in contexts {
            let left = module.global_at(I32);
            leave.extend([Instruction::GlobalGet(context), Instruction::GlobalSet(left)]);
            swap.extend([
                Instruction::GlobalGet(left),
                Instruction::GlobalGet(context),
                Instruction::GlobalSet(left),
                Instruction::GlobalSet(context),
            ]);
        }
        for (def, name, instructions) in [(self.leave, "wasi-shim: leave", leave), (self.swap, "wasi-shim: swap", swap)]
        {
            module.add(Some(def), name, Signature::default(), Code { instructions, ..Code::default() });
        }
    }

    /// The turns of tasks.
    fn turns(&self, module: &mut CoreModule, state: &State, cancel: u32) {
        let State { contexts: [first, second], returned, task, kind, .. } = *state;
        let enter = vec![
            Instruction::LocalGet(0),
            Instruction::GlobalSet(task),
            Instruction::LocalGet(1),
            Instruction::GlobalSet(returned),
            Instruction::LocalGet(2),
            Instruction::I32WrapI64,
            Instruction::GlobalSet(first),
            Instruction::LocalGet(2),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I32WrapI64,
            Instruction::GlobalSet(second),
            Instruction::LocalGet(3),
            Instruction::GlobalSet(kind),
        ];
        let enter = Code { instructions: enter, ..Code::default() };
        module.add(Some(self.enter), "wasi-shim: enter", Signature::new(&[I32, I32, I64, I32], &[]), enter);
        let context = vec![
            Instruction::GlobalGet(first),
            Instruction::I64ExtendI32U,
            Instruction::GlobalGet(second),
            Instruction::I64ExtendI32U,
            Instruction::I64Const(32),
            Instruction::I64Shl,
            Instruction::I64Or,
        ];
        let context = Code { instructions: context, ..Code::default() };
        module.add(Some(self.context), "wasi-shim: context", Signature::new(&[], &[I64]), context);
        let trap = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
        let trap = module.add(None, NOT_CANCELLED, Signature::default(), trap);
        let run = vec![
            Instruction::GlobalGet(task),
            Instruction::I32Eqz,
            Instruction::GlobalGet(returned),
            Instruction::I32Or,
            Instruction::If(BlockType::Empty),
            Instruction::Call(trap),
            Instruction::End,
            Instruction::GlobalGet(task),
            Instruction::Call(cancel),
            Instruction::I32Const(CANCELLED),
            Instruction::GlobalSet(returned),
        ];
        let code = Code { instructions: run, ..Code::default() };
        module.add(Some(self.task_cancel), "wasi-shim: task.cancel", Signature::default(), code);
    }

    /// Flat values are kept in a memory of the module's own.
    fn stash(&self, module: &mut CoreModule) {
        module.define_memory();
        let at = MemArg { offset: 0, align: 3, memory_index: 0 };
        let address = [Instruction::LocalGet(0), Instruction::I32Const(8), Instruction::I32Mul];
        let stash = [&address[..], &[Instruction::LocalGet(1), Instruction::I64Store(at)]].concat();
        let stash = Code { instructions: stash, ..Code::default() };
        module.add(Some(self.stash), "wasi-shim: stash", Signature::new(&[I32, I64], &[]), stash);
        let fetch = [&address[..], &[Instruction::I64Load(at)]].concat();
        let fetch = Code { instructions: fetch, ..Code::default() };
        module.add(Some(self.fetch), "wasi-shim: fetch", Signature::new(&[I32], &[I64]), fetch);
    }
}

/// A function that gives constants to another: `() -> results`, `inner(values)`.
pub(crate) fn constants(
    def: u32,
    inner: u32,
    values: Vec<u32>,
    results: &'static [ValType],
    name: &'static str,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let inner = module.import_at(inner, Signature::new(&vec![I32; values.len()], results));
        Box::new(move |module| {
            let mut code: Vec<_> = values.into_iter().map(|value| Instruction::I32Const(value as i32)).collect();
            code.push(Instruction::Call(inner));
            let code = Code { instructions: code, ..Code::default() };
            module.add(Some(def), name, Signature::new(&[], results), code);
        })
    }
}

/// A function that only traps, if `name` is given, or does nothing.
pub(crate) fn trap(
    def: u32,
    signature: Signature,
    name: Option<&'static str>,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |_| {
        Box::new(move |module| {
            let instructions = name.map(|_| Instruction::Unreachable).into_iter().collect();
            let code = Code { instructions, ..Code::default() };
            module.add(Some(def), name.unwrap_or("wasi-shim: nothing"), signature, code);
        })
    }
}
