//! Cancellations of copies and of calls, and other functions for which R checks the type of an end.

use wasm_encoder::ValType::I32;

use crate::code::{CoreModule, Signature};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::TypeNumber;

/// `cancel-read`, `cancel-write` or `subtask.cancel`: `(waitable) -> result`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cancel {
    pub def: CoreFuncId,
    /// The cancellation: R's, or the first module's.
    pub inner: CoreFuncId,
    /// The number of the type of stream or future.
    pub ty: Option<TypeNumber>,
    /// For the sync form: R's `alone`.
    pub alone: Option<CoreFuncId>,
    /// Delivers the outcome, if there may be something to deliver: a pending copy may have
    /// completed, and handles that nobody has read come back.
    pub deliver: Option<CoreFuncId>,
}

impl Cancel {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let Cancel { def, inner, ty, alone, deliver } = self;
        let alone = alone.map(|alone| module.import(alone, ([I32], [])));
        let inner = module.import(inner, Signature::new(&[I32; 2][..1 + usize::from(ty.is_some())], &[I32]));
        let deliver = deliver.map(|deliver| module.import(deliver, ([I32, I32], [])));
        module.function(Some(def), "wasi-shim: cancel", ([I32], [I32]), |body| {
            let waitable = body.param(0);
            if let Some(alone) = alone {
                body.get(waitable).call(alone);
            }
            body.get(waitable);
            if let Some(ty) = ty {
                body.u32(ty);
            }
            body.call(inner);
            if let Some(deliver) = deliver {
                let result = body.local(I32);
                body.set(result).get(waitable).get(result).call(deliver).get(result);
            }
        });
    }
}

/// A function `(end) -> ()` that tells R the type of the end.
pub(crate) fn typed(
    def: CoreFuncId,
    inner: CoreFuncId,
    ty: TypeNumber,
    name: &'static str,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let inner = module.import(inner, ([I32, I32], []));
        module.function(Some(def), name, ([I32], []), |body| {
            body.get_params().u32(ty).call(inner);
        });
    }
}
