//! The gate: what every wait of a part goes through.

use wasm_encoder::Instruction::{Drop, I32Add, I32Eq, I32Eqz, Return};
use wasm_encoder::ValType::I32;

use crate::code::CoreModule;
use crate::component::{Component, CoreFuncId};

/// The name of the function that traps when the part cannot wait, for the backtrace.
const CANNOT_WAIT: &str = "wasi-shim: this call has to wait, but no async export of the component is running";

/// The answer of `wait-now` if `look` has to read the host's news first.
const LOOK: i32 = 2;

/// The functions of the gate. It knows whether an async export is running, because only there a
/// component may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// `() -> ()`: an async export begins to run guest code.
    pub enter: CoreFuncId,
    /// `() -> ()`: an async export stops running guest code.
    pub leave: CoreFuncId,
    /// `(token) -> ()`: waits until the operation is complete.
    pub wait: CoreFuncId,
    /// `() -> i32`: whether an async export is running.
    pub is_running: CoreFuncId,
    /// `() -> i32`: acts as if no async export were running, until `resume` gets the result.
    pub pause: CoreFuncId,
    /// `(i32) -> ()`: ends a pause.
    pub resume: CoreFuncId,
    /// `() -> ()`: records that the request being handled is answered.
    pub answer: CoreFuncId,
    /// `() -> i32`: whether the request is answered; clears the record.
    pub take_answered: CoreFuncId,
}

/// Uses of the gate besides `enter`, `leave` and `wait`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Uses {
    /// `is_running` is called.
    pub asks: bool,
    /// `is_running`, `pause` and `resume` are called, for calls between parts.
    pub pauses: bool,
    /// `answer` and `take_answered` are called, by a service.
    pub answers: bool,
    /// The lowered `look`, if functions that are not async wait, too.
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
