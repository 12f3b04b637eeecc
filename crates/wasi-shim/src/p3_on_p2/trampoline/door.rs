//! R's functions for one part of a composition: R first learns which part calls, because each part
//! has a table of handles of its own.

use wasm_encoder::ValType::I32;

use crate::code::{CoreModule, Func, Signature};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::PartNumber;

/// The functions of one part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    /// `() -> ()`: tells R which part calls.
    pub identify: Option<CoreFuncId>,
    /// The replacement of a function, the function, and its type.
    pub functions: Vec<(CoreFuncId, CoreFuncId, Signature)>,
}

impl Door {
    /// The module that provides them, for the part of this number. `as_part` is R's function of
    /// that name.
    pub fn module(&self, part: PartNumber, as_part: CoreFuncId) -> CoreModule {
        let mut module = CoreModule::default();
        let as_part = module.import(as_part, ([I32], []));
        let inner: Vec<Func> =
            self.functions.iter().map(|(_, inner, signature)| module.import(*inner, signature.clone())).collect();
        if let Some(def) = self.identify {
            module.function(Some(def), "wasi-shim: as part", ([], []), |body| {
                body.u32(part).call(as_part);
            });
        }
        for ((def, _, signature), inner) in self.functions.iter().zip(inner) {
            module.function(Some(*def), "wasi-shim: as part", signature.clone(), |body| {
                body.u32(part).call(as_part).get_params().call(inner);
            });
        }
        module
    }
}

/// A function that tells R which part calls before it calls `inner`.
pub(crate) fn identified(
    def: CoreFuncId,
    identify: CoreFuncId,
    inner: CoreFuncId,
    signature: Signature,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let identify = module.import(identify, ([], []));
        let inner = module.import(inner, signature.clone());
        module.function(Some(def), "wasi-shim: as part", signature, |body| {
            body.call(identify).get_params().call(inner);
        });
    }
}
