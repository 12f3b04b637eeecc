//! Functions of the guest that engines call, each with its own contexts: `post-return` has those of
//! the call, `realloc` has none.

use wasm_encoder::ValType::I32;

use super::Task;
use crate::code::{Body, CoreModule, Func, Local, Signature};
use crate::component::CoreFuncId;

/// `post-return`, with the contexts that the call has left.
pub(crate) fn post_return(
    def: CoreFuncId,
    inner: CoreFuncId,
    signature: Signature,
    task: Task,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let inner = module.import(inner, signature.clone());
        let swap = module.import(task.swap, ([], []));
        module.function(Some(def), "wasi-shim: post-return", signature, |body| {
            body.call(swap).get_params().call(inner).call(swap);
        });
    }
}

/// `realloc`, with empty contexts.
pub(crate) fn realloc_apart(def: CoreFuncId, inner: CoreFuncId, task: Task) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let inner = module.import(inner, ([I32; 4], [I32]));
        let contexts = Contexts::import(module, &task);
        module.function(Some(def), "wasi-shim: realloc", ([I32; 4], [I32]), |body| {
            let saved = contexts.clear(body);
            body.get_params().call(inner);
            contexts.restore(body, saved);
        });
    }
}

/// The functions that read and write the contexts of the running task, if the guest ever sets one.
pub(super) struct Contexts(Vec<(Func, Func)>);

impl Contexts {
    pub fn import(module: &mut CoreModule, task: &Task) -> Contexts {
        let slots = task.context_get.into_iter().zip(task.context_set).filter(|_| task.sets_context);
        Contexts(slots.map(|(get, set)| (module.import(get, ([], [I32])), module.import(set, ([I32], [])))).collect())
    }

    /// Empties the contexts. The locals keep what was in them.
    pub fn clear(&self, body: &mut Body<'_>) -> Vec<Local> {
        let clear = |&(get, set)| {
            let saved = body.local(I32);
            body.call(get).set(saved).i32(0).call(set);
            saved
        };
        self.0.iter().map(clear).collect()
    }

    pub fn restore(&self, body: &mut Body<'_>, saved: Vec<Local>) {
        for (&(_, set), saved) in self.0.iter().zip(saved) {
            body.get(saved).call(set);
        }
    }
}
