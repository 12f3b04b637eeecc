//! Waiting: the built-ins, and the loop that drives a callback-lifted export to its end.

use wasm_encoder::Instruction::{Drop, I32And, I32Eq, I32Eqz, I32GtU, I32ShrU, I32Store};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::context::Contexts;
use super::ends::import_pass;
use super::{ResultArea, ReturnKind, Task};
use crate::canonical_abi::layout::Layout;
use crate::code::{Body, CoreModule, Func, Local, Memory, Signature};
use crate::component::{CoreFuncId, MemoryId};
use crate::p3_on_p2::numbers::PartNumber;

/// The name in the backtrace when a callback returns an invalid callback code.
const CALLBACK_CODE: &str = "wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT";

/// `waitable-set.wait` or `waitable-set.poll`: `(set, address) -> code`.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub def: CoreFuncId,
    /// R's function: `(set) -> event`.
    pub inner: CoreFuncId,
    pub task: Task,
}

impl Wait {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, ([I32], [I64]));
        let deliver = module.import(self.task.deliver, ([I32, I32], []));
        module.function(Some(self.def), "wasi-shim: waitable-set.wait", ([I32, I32], [I32]), |body| {
            let ([set, address], event) = (body.first_params(), body.local(I64));
            body.get(set).call(inner).set(event).deliver(event, deliver);
            body.check_aligned(address, 4);
            body.get(address).waitable_of(event).store(I32Store, Memory::FIRST, 0);
            body.get(address).payload_of(event).store(I32Store, Memory::FIRST, 4);
            body.code_of(event);
        });
    }
}

impl Body<'_> {
    /// Delivers an event, unless it is NONE.
    fn deliver(&mut self, event: Local, deliver: Func) -> &mut Self {
        self.code_of(event).if_(|body| {
            body.waitable_of(event).payload_of(event).call(deliver);
        })
    }
}

/// The sync function that an export becomes.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    pub def: CoreFuncId,
    pub core: CoreFuncId,
    /// The type of the core function of the original lift.
    pub params: Vec<ValType>,
    pub returns: Returns,
    pub task: Task,
    /// Lets the remaining tasks of other parts come to their ends, if the host waits for that.
    pub settle: Option<CoreFuncId>,
    /// R's `drain`, if the host is to find the output written.
    pub drain: Option<CoreFuncId>,
    /// Whether a `post-return` needs the contexts of the call.
    pub leaves: bool,
    /// If other parts pass ends to the export, or get ends from it: R's `caller`, the number of the
    /// part, and the function that passes the ends in the parameters (see [`Pass`](super::Pass)).
    pub pass: Option<(CoreFuncId, PartNumber, Option<CoreFuncId>)>,
    /// The first module's `fill`, if the part reads: other parts may have written.
    pub fill: Option<CoreFuncId>,
    /// For a service: R's function that makes the parameter from those of the host:
    /// `(incoming-request, response-outparam) -> request`.
    pub accept: Option<CoreFuncId>,
}

/// How the result of an export comes about.
#[derive(Debug, Clone)]
pub(crate) enum Returns {
    /// The core function gives it: a sync lift.
    Core(Vec<ValType>),
    /// `task.return` gives it, in the course of the calls of a callback.
    Task(Callback, ReturnValue),
    /// The core function of a service gives the address of the response: a sync lift.
    Responds(Responds),
}

/// How a response is passed on.
#[derive(Debug, Clone)]
pub(crate) struct Responds {
    pub layout: Layout,
    /// The memory that it is in.
    pub memory: MemoryId,
    /// R's function, with the response as flat values.
    pub respond: CoreFuncId,
    /// The guest's `post-return`, which is called afterwards with the address.
    pub post_return: Option<CoreFuncId>,
}

/// A callback, and what driving its task needs.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub function: CoreFuncId,
    /// Whether the task is abandoned once it has returned, as hosts of 0.3 do with a command.
    pub ends_early: bool,
    /// R's `waitable-set-wait` and `yield`.
    pub wait: CoreFuncId,
    pub yield_: CoreFuncId,
    /// The kind of the task's `task.return`.
    pub kind: ReturnKind,
}

/// The value that `task.return` is given.
#[derive(Debug, Clone)]
pub(crate) enum ReturnValue {
    /// At most one flat value.
    Flat(Option<ValType>),
    /// Several, which are stashed until they are put into memory.
    Stashed(Layout, ResultArea),
    /// The address of the result, which is in the result area.
    InMemory(ResultArea),
}

impl Driver {
    /// The core memory that the function uses.
    pub fn memory(&self) -> Option<MemoryId> {
        match &self.returns {
            Returns::Task(_, ReturnValue::Stashed(_, area)) => Some(area.memory),
            Returns::Responds(responds) => Some(responds.memory),
            _ => None,
        }
    }

    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let Driver { def, params, returns, task, .. } = self;
        let (core_results, results) = match &returns {
            Returns::Core(results) => (results.clone(), results.clone()),
            Returns::Task(_, given) => (vec![I32], given.flat().into_iter().collect()),
            Returns::Responds(_) => (vec![I32], vec![]),
        };
        let core = module.import(self.core, Signature { params: params.clone(), results: core_results });
        let fill = self.fill.map(|fill| module.import(fill, ([], [])));
        let pass = self.pass.map(|(caller, part, pass)| {
            let caller = module.import(caller, ([], [I32]));
            let set_caller = module.import(task.set_caller, ([I32], []));
            (caller, set_caller, part, import_pass(module, pass, &params))
        });
        let accept = self.accept.map(|accept| module.import(accept, ([I32, I32], [I32])));
        let params = if accept.is_some() { vec![I32, I32] } else { params };
        let contexts = Contexts::import(module, &task);
        let [settle, drain] = [self.settle, self.drain].map(|last| last.map(|last| module.import(last, ([], []))));
        let leave = self.leaves.then(|| module.import(task.leave, ([], [])));
        let (mut by_task, mut responds) = (None, None);
        match returns {
            Returns::Core(_) => {}
            Returns::Task(callback, given) => by_task = Some(ByTask::import(callback, given, task, module)),
            Returns::Responds(response) => {
                let respond = Signature { params: response.layout.flat.clone(), results: vec![] };
                let respond = module.import(response.respond, respond);
                let post_return = response.post_return.map(|post| module.import(post, ([I32], [])));
                responds = Some((response.layout, respond, post_return));
            }
        }
        let kept = results.first().copied();
        module.function(Some(def), "wasi-shim: export", Signature { params, results }, |body| {
            let saved = contexts.clear(body);
            if let Some(by_task) = &by_task {
                body.u32(by_task.kind).call(by_task.begin).calls(by_task.reset);
            }
            body.calls(fill);
            if let Some((caller, set_caller, part, pass)) = pass {
                let from = body.local(I32);
                body.call(caller).tee(from).call(set_caller);
                if pass.is_some() {
                    body.get(from).u32(part);
                }
            }
            body.get_params().calls(pass.and_then(|(.., pass)| pass)).calls(accept).call(core);
            if let Some((layout, respond, post_return)) = &responds {
                let address = body.local(I32);
                body.set(address).get_value(layout, address).call(*respond);
                if let Some(post_return) = post_return {
                    body.get(address).call(*post_return);
                }
            }
            if let Some(by_task) = &by_task {
                by_task.push_rest(body);
            }
            let kept = kept.map(|ty| body.local(ty));
            if let Some(kept) = kept {
                body.set(kept);
            }
            body.calls(settle).calls(drain).calls(leave);
            contexts.restore(body, saved);
            body.gets(kept);
        });
    }
}

impl ReturnValue {
    /// The result area that keeps the result, if it is in memory.
    pub fn area(&self) -> Option<&ResultArea> {
        match self {
            ReturnValue::Flat(_) => None,
            ReturnValue::Stashed(_, area) | ReturnValue::InMemory(area) => Some(area),
        }
    }

    /// The flat result of a function that gives it.
    pub fn flat(&self) -> Option<ValType> {
        match self {
            ReturnValue::Flat(flat) => *flat,
            ReturnValue::Stashed(..) | ReturnValue::InMemory(_) => Some(I32),
        }
    }

    /// Pushes the flat result, which is in local `bits`: the value, or its address.
    pub(super) fn push(&self, body: &mut Body<'_>, bits: Local) {
        if let Some(ty) = self.flat() {
            body.get_flat(bits, ty);
        }
    }
}

/// Collects the result after `task.return` was called.
pub(super) struct Collect {
    given: ReturnValue,
    end: Func,
    /// `fetch` and a result area's `alloc`, if the result is stashed.
    unstash: Option<(Func, Func)>,
}

impl Collect {
    pub fn import(given: ReturnValue, task: Task, module: &mut CoreModule) -> Collect {
        let end = module.import(task.end, ([], [I64]));
        let unstash = match &given {
            ReturnValue::Stashed(_, area) => {
                let fetch = module.import(task.fetch, ([I32], [I64]));
                Some((fetch, module.import(area.alloc, ([I32, I32], [I32]))))
            }
            _ => None,
        };
        Collect { given, end, unstash }
    }

    /// Pushes the result as 64 bits: the value, or its address.
    pub fn push(&self, body: &mut Body<'_>) {
        body.call(self.end);
        let (ReturnValue::Stashed(layout, _), Some((fetch, alloc))) = (&self.given, self.unstash) else { return };
        body.op(Drop);
        let area = body.local(I32);
        let flats: Vec<Local> = layout.flat.iter().map(|_| body.local(I64)).collect();
        for (at, flat) in (0..).zip(&flats) {
            body.i32(at).call(fetch).set(*flat);
        }
        body.u32(layout.size).u32(layout.align).call(alloc).set(area);
        body.store_value(layout, &flats, area, 0, Memory::FIRST);
        body.get_bits(area);
    }

    /// Traps: there is no result.
    pub fn push_none(&self, body: &mut Body<'_>) {
        body.call(self.end).op(Drop);
    }
}

/// The functions that drive a task with a callback.
struct ByTask {
    begin: Func,
    collect: Collect,
    deliver: Func,
    callback: Func,
    has_returned: Func,
    ends_early: bool,
    wait: Func,
    yield_: Func,
    kind: ReturnKind,
    /// The result area's `reset`.
    reset: Option<Func>,
    /// Traps because a callback code is invalid.
    trap: Func,
}

impl ByTask {
    fn import(callback: Callback, given: ReturnValue, task: Task, module: &mut CoreModule) -> ByTask {
        ByTask {
            begin: module.import(task.begin, ([I32], [])),
            deliver: module.import(task.deliver, ([I32, I32], [])),
            has_returned: module.import(task.has_returned, ([], [I32])),
            ends_early: callback.ends_early,
            kind: callback.kind,
            callback: module.import(callback.function, ([I32; 3], [I32])),
            wait: module.import(callback.wait, ([I32], [I64])),
            yield_: module.import(callback.yield_, ([], [])),
            reset: given.area().map(|area| module.import(area.reset, ([], []))),
            collect: Collect::import(given, task, module),
            trap: module.trap(CALLBACK_CODE),
        }
    }

    /// Replaces the callback code on the stack by the flat result. While the callback code is not
    /// EXIT: wait or yield, then call back. The result is collected as soon as there is one,
    /// because other tasks may return meanwhile.
    fn push_rest(&self, body: &mut Body<'_>) {
        let [status, collected] = body.locals([I32; 2]);
        let [event, bits] = body.locals([I64; 2]);
        body.set(status).block(|body, done| {
            body.loop_(|body, again| {
                body.call(self.has_returned).get(collected).op(I32GtU).if_(|body| {
                    self.collect.push(body);
                    body.set(bits).i32(1).set(collected);
                });
                body.get(status).i32(0xf).op(I32And).op(I32Eqz).br_if(done);
                if self.ends_early {
                    body.get(collected).br_if(done);
                }
                // YIELD = 1 and WAIT = 2; greater codes are invalid.
                body.get(status).i32(0xf).op(I32And).i32(2).op(I32GtU).call_if(self.trap);
                body.get(status).i32(0xf).op(I32And).i32(1).op(I32Eq).if_else(
                    None,
                    |body| {
                        body.call(self.yield_).i64(0).set(event);
                    },
                    |body| {
                        body.get(status).i32(4).op(I32ShrU).call(self.wait).set(event);
                    },
                );
                body.deliver(event, self.deliver);
                body.code_of(event).waitable_of(event).payload_of(event).call(self.callback).set(status).br(again);
            });
        });
        body.get(collected).op(I32Eqz).if_(|body| self.collect.push_none(body));
        body.i32(0).call(self.begin);
        self.collect.given.push(body, bits);
    }
}
