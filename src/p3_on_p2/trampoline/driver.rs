//! Waiting: the built-ins, and the loop that drives a callback-lifted export to its end.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::values::{Body, Flat, push_check_aligned};
use super::{Arena, Task, push_code, push_payload, push_waitable};
use crate::layout::Layout;
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// What a backtrace shows when a callback answers what is no callback code.
const CALLBACK_CODE: &str = "wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT";

/// `waitable-set.wait` or `waitable-set.poll`: `(set, address) -> code`.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub def: u32,
    /// R's function: `(set) -> event`.
    pub inner: u32,
    pub task: Task,
}

impl Wait {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, Signature::new(&[I32], &[I64]));
        let deliver = module.import_at(self.task.deliver, Signature::new(&[I32, I32], &[]));
        move |module| {
            let event = 2;
            let at = |offset| MemArg { offset, align: 2, memory_index: 0 };
            let mut run = vec![Instruction::LocalGet(0), Instruction::Call(inner), Instruction::LocalSet(event)];
            push_delivery(&mut run, event, deliver);
            push_check_aligned(&mut run, 1, 4);
            run.push(Instruction::LocalGet(1));
            push_waitable(&mut run, event);
            run.extend([Instruction::I32Store(at(0)), Instruction::LocalGet(1)]);
            push_payload(&mut run, event);
            run.push(Instruction::I32Store(at(4)));
            push_code(&mut run, event);
            let code = Code { locals: vec![I64], instructions: run };
            module.add(Some(self.def), "wasi-shim: waitable-set.wait", Signature::new(&[I32, I32], &[I32]), code);
        }
    }
}

/// Delivers the event in local `event`, if it is one.
fn push_delivery(run: &mut Vec<Instruction<'static>>, event: u32, deliver: u32) {
    push_code(run, event);
    run.push(Instruction::If(BlockType::Empty));
    push_waitable(run, event);
    push_payload(run, event);
    run.extend([Instruction::Call(deliver), Instruction::End]);
}

/// The sync function that an export becomes.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    pub def: u32,
    pub core: u32,
    /// The type of the core function of the original lift.
    pub params: Vec<ValType>,
    pub returns: Returns,
    pub task: Task,
    /// What lets the tasks of other parts that are left come to their ends, if the host waits for that.
    pub settle: Option<u32>,
    /// R's `drain`, if the host is to find the output written.
    pub drain: Option<u32>,
    /// Whether a `post-return` wants the contexts.
    pub leaves: bool,
    /// If other parts call it with ends, or for ends: R's `caller`, the number of the part, and what passes those in the parameters (see
    /// [`Pass`](super::Pass)).
    pub pass: Option<(u32, u32, Option<u32>)>,
    /// The first module's `fill`, if the part reads: other parts may have written.
    pub fill: Option<u32>,
    /// Of a service, R's function that makes the parameter of what the host gives:
    /// `(incoming-request, response-outparam) -> request`.
    pub accept: Option<u32>,
}

/// How the result of an export comes about.
#[derive(Debug, Clone)]
pub(crate) enum Returns {
    /// The core function gives it: a sync lift.
    Core(Vec<ValType>),
    /// `task.return` gives it, in the course of the calls of a callback.
    Task(Callback, Given),
    /// The core function of a service gives the address of the response: a sync lift.
    Responds(Responds),
}

/// How a response is passed on.
#[derive(Debug, Clone)]
pub(crate) struct Responds {
    pub layout: Layout,
    /// The memory that it is in.
    pub memory: u32,
    /// R's function, with the response as flat values.
    pub respond: u32,
    /// What the guest wants to be called then, with the address.
    pub post_return: Option<u32>,
}

/// A callback, and what it is called for.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub function: u32,
    /// Whether what is left of the task once it has returned is dropped, as hosts of 0.3 do with a command.
    pub ends_early: bool,
    /// R's `waitable-set-wait` and `yield`.
    pub wait: u32,
    pub yield_: u32,
    /// The kind of the task's `task.return`.
    pub kind: u32,
}

/// What `task.return` is given.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// At most one flat value.
    Flat(Option<ValType>),
    /// Several, which are stashed until they are put into memory.
    Stashed(Layout, Arena),
    /// The address of the result, which is in the arena.
    InMemory(Arena),
}

impl Driver {
    /// The core memory that the function uses.
    pub fn memory(&self) -> Option<u32> {
        match &self.returns {
            Returns::Task(_, Given::Stashed(_, arena)) => Some(arena.memory),
            Returns::Responds(responds) => Some(responds.memory),
            _ => None,
        }
    }

    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let Driver { def, params, returns, task, .. } = self;
        let (core_results, results) = match &returns {
            Returns::Core(results) => (results.clone(), results.clone()),
            Returns::Task(_, given) => (vec![I32], given.flat().into_iter().collect()),
            Returns::Responds(_) => (vec![I32], vec![]),
        };
        let core = module.import_at(self.core, Signature { params: params.clone(), results: core_results });
        let fill = self.fill.map(|fill| module.import_at(fill, Signature::default()));
        let pass = self.pass.map(|(caller, part, pass)| {
            let caller = module.import_at(caller, Signature::new(&[], &[I32]));
            let set_caller = module.import_at(task.set_caller, Signature::new(&[I32], &[]));
            let pass = pass.map(|pass| {
                let all = [I32, I32].into_iter().chain(params.iter().copied()).collect();
                module.import_at(pass, Signature { params: all, results: params.clone() })
            });
            (caller, set_caller, part, pass)
        });
        let accept = self.accept.map(|accept| module.import_at(accept, Signature::new(&[I32, I32], &[I32])));
        let params = if accept.is_some() { vec![I32, I32] } else { params };
        let contexts: Vec<_> = (0..2)
            .map(|slot| {
                let get = module.import_at(task.context_get[slot], Signature::new(&[], &[I32]));
                (get, module.import_at(task.context_set[slot], Signature::new(&[I32], &[])))
            })
            .collect();
        let [settle, drain] =
            [self.settle, self.drain].map(|last| last.map(|last| module.import_at(last, Signature::default())));
        let leave = self.leaves.then(|| module.import_at(task.leave, Signature::default()));
        let (mut by_task, mut responds) = (None, None);
        match returns {
            Returns::Core(_) => {}
            Returns::Task(callback, given) => by_task = Some(ByTask::import(callback, given, task, module)),
            Returns::Responds(response) => {
                let respond = Signature { params: response.layout.flat.clone(), results: vec![] };
                let respond = module.import_at(response.respond, respond);
                let post_return = response.post_return.map(|post| module.import_at(post, Signature::new(&[I32], &[])));
                responds = Some((response.layout, respond, post_return));
            }
        }
        move |module| {
            let mut body = Body::new(params.len());
            let saved = [body.local(I32), body.local(I32)];
            for ((get, set), saved) in contexts.iter().zip(saved) {
                body.run.extend([Instruction::Call(*get), Instruction::LocalSet(saved)]);
                body.run.extend([Instruction::I32Const(0), Instruction::Call(*set)]);
            }
            if let Some(by_task) = &by_task {
                by_task.push_begin(&mut body);
            }
            body.run.extend(fill.map(Instruction::Call));
            if let Some((caller, set_caller, part, pass)) = pass {
                let from = body.local(I32);
                body.run.extend([
                    Instruction::Call(caller),
                    Instruction::LocalTee(from),
                    Instruction::Call(set_caller),
                ]);
                if pass.is_some() {
                    body.run.extend([Instruction::LocalGet(from), Instruction::I32Const(part as i32)]);
                }
            }
            body.run.extend((0..params.len() as u32).map(Instruction::LocalGet));
            body.run.extend(pass.and_then(|(.., pass)| pass).map(Instruction::Call));
            body.run.extend(accept.map(Instruction::Call));
            body.run.push(Instruction::Call(core));
            if let Some((layout, respond, post_return)) = &responds {
                let address = body.local(I32);
                body.run.push(Instruction::LocalSet(address));
                let flats: Vec<Flat> = layout.flat.iter().map(|ty| (body.local(*ty), *ty)).collect();
                body.load(layout, &flats, address, 0);
                body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
                body.run.push(Instruction::Call(*respond));
                body.run.extend(
                    post_return.iter().flat_map(|post| [Instruction::LocalGet(address), Instruction::Call(*post)]),
                );
            }
            if let Some(by_task) = &by_task {
                let trap = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
                let trap = module.add(None, CALLBACK_CODE, Signature::default(), trap);
                by_task.push_rest(&mut body, trap);
            }
            let kept = results.first().map(|ty| body.local(*ty));
            body.run.extend(kept.map(Instruction::LocalSet));
            body.run.extend([settle, drain, leave].into_iter().flatten().map(Instruction::Call));
            for ((_, set), saved) in contexts.iter().zip(saved) {
                body.run.extend([Instruction::LocalGet(saved), Instruction::Call(*set)]);
            }
            body.run.extend(kept.map(Instruction::LocalGet));
            module.add(Some(def), "wasi-shim: export", Signature { params, results }, body.into_code());
        }
    }
}

impl Given {
    /// Where it is kept, if it is in memory.
    pub fn arena(&self) -> Option<&Arena> {
        match self {
            Given::Flat(_) => None,
            Given::Stashed(_, arena) | Given::InMemory(arena) => Some(arena),
        }
    }

    /// The flat result of a function that gives it.
    pub fn flat(&self) -> Option<ValType> {
        match self {
            Given::Flat(flat) => *flat,
            Given::Stashed(..) | Given::InMemory(_) => Some(I32),
        }
    }

    /// Pushes the flat result, which is in local `bits`: the value, or its address.
    pub(super) fn push(&self, body: &mut Body, bits: u32) {
        if let Some(ty) = self.flat() {
            body.push_flat((bits, I64), ty);
        }
    }
}

/// What gets hold of a result when `task.return` was called, as indices of the module.
pub(super) struct Collect {
    given: Given,
    end: u32,
    fetch: Option<u32>,
    alloc: Option<u32>,
}

impl Collect {
    pub fn import(given: Given, task: Task, module: &mut CoreModule) -> Collect {
        let is_stashed = matches!(given, Given::Stashed(..));
        let alloc = given.arena().filter(|_| is_stashed).map(|arena| arena.alloc);
        Collect {
            end: module.import_at(task.end, Signature::new(&[], &[I64])),
            fetch: is_stashed.then(|| module.import_at(task.fetch, Signature::new(&[I32], &[I64]))),
            alloc: alloc.map(|alloc| module.import_at(alloc, Signature::new(&[I32, I32], &[I32]))),
            given,
        }
    }

    /// Pushes the result as 64 bits: the value, or its address.
    pub fn push(&self, body: &mut Body) {
        body.run.push(Instruction::Call(self.end));
        let (Given::Stashed(layout, _), Some(fetch), Some(alloc)) = (&self.given, self.fetch, self.alloc) else {
            return;
        };
        body.run.push(Instruction::Drop);
        let area = body.local(I32);
        let flats: Vec<Flat> = (0..layout.flat.len() as i32)
            .map(|at| {
                let bits = body.local(I64);
                body.run.extend([Instruction::I32Const(at), Instruction::Call(fetch), Instruction::LocalSet(bits)]);
                (bits, I64)
            })
            .collect();
        body.run.extend([
            Instruction::I32Const(layout.size as i32),
            Instruction::I32Const(layout.align as i32),
            Instruction::Call(alloc),
            Instruction::LocalSet(area),
        ]);
        body.store(layout, &flats, area, 0, 0);
        body.push_bits((area, I32));
    }

    /// Traps: there is no result.
    pub fn push_none(&self, run: &mut Vec<Instruction<'static>>) {
        run.extend([Instruction::Call(self.end), Instruction::Drop]);
    }
}

/// The functions, as indices of the module, that carry a task with a callback through.
struct ByTask {
    begin: u32,
    collect: Collect,
    deliver: u32,
    callback: u32,
    has_returned: u32,
    ends_early: bool,
    wait: u32,
    yield_: u32,
    kind: u32,
    /// The arena's `reset`.
    reset: Option<u32>,
}

impl ByTask {
    fn import(callback: Callback, given: Given, task: Task, module: &mut CoreModule) -> ByTask {
        ByTask {
            begin: module.import_at(task.begin, Signature::new(&[I32], &[])),
            deliver: module.import_at(task.deliver, Signature::new(&[I32, I32], &[])),
            has_returned: module.import_at(task.has_returned, Signature::new(&[], &[I32])),
            ends_early: callback.ends_early,
            kind: callback.kind,
            callback: module.import_at(callback.function, Signature::new(&[I32, I32, I32], &[I32])),
            wait: module.import_at(callback.wait, Signature::new(&[I32], &[I64])),
            yield_: module.import_at(callback.yield_, Signature::default()),
            reset: given.arena().map(|arena| module.import_at(arena.reset, Signature::default())),
            collect: Collect::import(given, task, module),
        }
    }

    fn push_begin(&self, body: &mut Body) {
        body.run.extend([Instruction::I32Const(self.kind as i32), Instruction::Call(self.begin)]);
        body.run.extend(self.reset.map(Instruction::Call));
    }

    /// From the callback code on the stack to the flat result on the stack. While the callback code is not EXIT: wait or
    /// yield, then call back. The result is collected as soon as there is one, because other tasks may return meanwhile.
    fn push_rest(&self, body: &mut Body, trap: u32) {
        let [status, collected] = [body.local(I32), body.local(I32)];
        let [event, bits] = [body.local(I64), body.local(I64)];
        body.run.extend([
            Instruction::LocalSet(status),
            Instruction::Block(BlockType::Empty),
            Instruction::Loop(BlockType::Empty),
            Instruction::Call(self.has_returned),
            Instruction::LocalGet(collected),
            Instruction::I32GtU,
            Instruction::If(BlockType::Empty),
        ]);
        self.collect.push(body);
        body.run.extend([
            Instruction::LocalSet(bits),
            Instruction::I32Const(1),
            Instruction::LocalSet(collected),
            Instruction::End,
            Instruction::LocalGet(status),
            Instruction::I32Const(0xf),
            Instruction::I32And,
            Instruction::I32Eqz,
            Instruction::BrIf(1),
        ]);
        if self.ends_early {
            body.run.extend([Instruction::LocalGet(collected), Instruction::BrIf(1)]);
        }
        body.run.extend([
            // YIELD = 1, WAIT = 2, and no more
            Instruction::LocalGet(status),
            Instruction::I32Const(0xf),
            Instruction::I32And,
            Instruction::I32Const(2),
            Instruction::I32GtU,
            Instruction::If(BlockType::Empty),
            Instruction::Call(trap),
            Instruction::End,
            Instruction::LocalGet(status),
            Instruction::I32Const(0xf),
            Instruction::I32And,
            Instruction::I32Const(1),
            Instruction::I32Eq,
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.yield_),
            Instruction::I64Const(0),
            Instruction::LocalSet(event),
            Instruction::Else,
            Instruction::LocalGet(status),
            Instruction::I32Const(4),
            Instruction::I32ShrU,
            Instruction::Call(self.wait),
            Instruction::LocalSet(event),
            Instruction::End,
        ]);
        let run = &mut body.run;
        push_delivery(run, event, self.deliver);
        push_code(run, event);
        push_waitable(run, event);
        push_payload(run, event);
        run.extend([
            Instruction::Call(self.callback),
            Instruction::LocalSet(status),
            Instruction::Br(0),
            Instruction::End,
            Instruction::End,
            Instruction::LocalGet(collected),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
        ]);
        self.collect.push_none(run);
        run.extend([Instruction::End, Instruction::I32Const(0), Instruction::Call(self.begin)]);
        self.collect.given.push(body, bits);
    }
}
