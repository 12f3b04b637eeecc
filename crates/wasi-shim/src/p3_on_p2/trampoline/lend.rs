//! Replaces handles that a task's call borrows by handles that the task owns.

use wasm_encoder::ValType::I32;

use crate::code::{CoreModule, forward};
use crate::component::CoreFuncId;

/// `(handle) -> handle`: returns a handle that the task may keep for one that is borrowed until the
/// core function returns.
pub(crate) fn borrow(
    def: CoreFuncId,
    lend: CoreFuncId,
    drop: CoreFuncId,
    lent: CoreFuncId,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let lend = module.import(lend, ([I32], [I32]));
        let [drop, lent] = [drop, lent].map(|func| module.import(func, ([I32], [])));
        module.function(Some(def), "wasi-shim: borrow", ([I32], [I32]), |body| {
            let (handle, own) = (body.param(0), body.local(I32));
            body.get(handle).call(lend).tee(own).call(lent);
            body.get(handle).call(drop).get(own);
        });
    }
}

/// `resource.drop` of a handle that a task may have borrowed.
pub(crate) fn drop_or_unlend(
    def: CoreFuncId,
    give_back: CoreFuncId,
    unlend: Option<CoreFuncId>,
    drop: CoreFuncId,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let give_back = module.import(give_back, ([I32], [I32]));
        let drop = module.import(drop, ([I32], []));
        let unlend = unlend.map_or(drop, |unlend| module.import(unlend, ([I32], [])));
        module.function(Some(def), "wasi-shim: resource.drop", ([I32], []), |body| {
            body.get_params().call(give_back).if_else(None, forward(unlend), forward(drop));
        });
    }
}

/// A function `(i32) -> i32` that calls `first`, then `second`.
pub(crate) fn chained(def: CoreFuncId, first: CoreFuncId, second: CoreFuncId) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let functions = [first, second].map(|func| module.import(func, ([I32], [I32])));
        module.function(Some(def), "wasi-shim: keep", ([I32], [I32]), |body| {
            body.get_params().calls(functions);
        });
    }
}
