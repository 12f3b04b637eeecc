//! R's functions as a part of a composition calls them: R first learns which part that is, because handles are in a table of its own.

use wasm_encoder::{Instruction, ValType};

use crate::substitute::{Code, CoreModule, Signature};

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
        let as_part = module.import_at(self.as_part, Signature::new(&[ValType::I32], &[]));
        let identify = [Instruction::I32Const(self.part as i32), Instruction::Call(as_part)];
        let inner: Vec<_> =
            self.functions.iter().map(|(_, inner, signature)| module.import_at(*inner, signature.clone())).collect();
        if let Some(def) = self.identify {
            let code = Code { instructions: identify.to_vec(), ..Code::default() };
            module.add(Some(def), "wasi-shim: as part", Signature::default(), code);
        }
        for ((def, _, signature), inner) in self.functions.iter().zip(inner) {
            let mut run = identify.to_vec();
            run.extend((0..signature.params.len() as u32).map(Instruction::LocalGet));
            run.push(Instruction::Call(inner));
            let code = Code { instructions: run, ..Code::default() };
            module.add(Some(*def), "wasi-shim: as part", signature.clone(), code);
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
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let identify = module.import_at(identify, Signature::default());
        let inner = module.import_at(inner, signature.clone());
        Box::new(move |module| {
            let mut run = vec![Instruction::Call(identify)];
            run.extend((0..signature.params.len() as u32).map(Instruction::LocalGet));
            run.push(Instruction::Call(inner));
            let code = Code { instructions: run, ..Code::default() };
            module.add(Some(def), "wasi-shim: as part", signature, code);
        })
    }
}
