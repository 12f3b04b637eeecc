//! R's functions as a part of a composition calls them: R first learns which part that is, because handles are in a
//! table of its own.

use wasm_encoder::ValType::I32;

use crate::code::{CoreModule, Func, Signature};

/// The functions of one part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    /// The number of the part.
    pub part: u32,
    /// R's `as-part`.
    pub as_part: u32,
    /// `() -> ()`: calls it.
    pub identify: Option<u32>,
    /// What takes the place of a function, the function, and its type.
    pub functions: Vec<(u32, u32, Signature)>,
}

impl Door {
    /// The module that provides them.
    pub fn module(&self) -> CoreModule {
        let mut module = CoreModule::default();
        let as_part = module.import(self.as_part, ([I32], []));
        let inner: Vec<Func> =
            self.functions.iter().map(|(_, inner, signature)| module.import(*inner, signature.clone())).collect();
        if let Some(def) = self.identify {
            module.function(Some(def), "wasi-shim: as part", ([], []), |body| {
                body.u32(self.part).call(as_part);
            });
        }
        for ((def, _, signature), inner) in self.functions.iter().zip(inner) {
            module.function(Some(*def), "wasi-shim: as part", signature.clone(), |body| {
                body.u32(self.part).call(as_part).get_params().call(inner);
            });
        }
        module
    }
}

/// A function that says who calls before it calls another one.
pub(crate) fn identified(
    def: u32,
    identify: u32,
    inner: u32,
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
