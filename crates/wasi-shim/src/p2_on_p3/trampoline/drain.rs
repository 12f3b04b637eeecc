//! Async exports: the gate knows that they run, and output is out before they end.

use wasm_encoder::ValType::I32;

use super::gate::Gate;
use crate::code::{CoreModule, Signature};
use crate::component::CoreFuncId;

/// A function `() -> ()` that calls a split function of P without parameters, and waits in between:
/// to push all output out, or to finish the handling of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drain {
    pub def: CoreFuncId,
    pub name: &'static str,
    pub start: CoreFuncId,
    pub finish: CoreFuncId,
    pub gate: Gate,
}

impl Drain {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let start = module.import(self.start, ([], [I32]));
        let wait = module.import(self.gate.wait, ([I32], []));
        let finish = module.import(self.finish, ([I32], []));
        module.function(Some(self.def), self.name, ([], []), |body| {
            let token = body.local(I32);
            body.call(start).tee(token).if_(|body| {
                body.get(token).call(wait);
            });
            body.get(token).call(finish);
        });
    }
}

/// A wrapper of the core function of an async export: tells the gate that it runs and, before it
/// returns, pushes all output out if `drain` is given.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub def: CoreFuncId,
    pub name: String,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub gate: Gate,
    pub drain: Option<CoreFuncId>,
}

impl Running {
    /// Adds the wrapper.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let enter = module.import(self.gate.enter, ([], []));
        let leave = module.import(self.gate.leave, ([], []));
        let drain = self.drain.map(|drain| module.import(drain, ([], [])));
        let results = self.signature.results.clone();
        module.function(Some(self.def), self.name, self.signature, |body| {
            let results: Vec<_> = results.into_iter().map(|ty| body.local(ty)).collect();
            body.call(enter).get_params().call(inner);
            for result in results.iter().rev() {
                body.set(*result);
            }
            body.calls(drain).call(leave).gets(results);
        });
    }
}

/// A `task.return` that pushes all output out first, for a host may end the instance once it has
/// the result.
#[derive(Debug, Clone)]
pub(crate) struct DrainThenReturn {
    pub def: CoreFuncId,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub drain: CoreFuncId,
}

impl DrainThenReturn {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let drain = module.import(self.drain, ([], []));
        module.function(Some(self.def), "wasi-shim: task.return", self.signature, |body| {
            body.call(drain).get_params().call(inner);
        });
    }
}
