//! What names of imports and exports say beside the name: `implements` and `external-id`, which came with WASI 0.3.1.
//!
//! An output has a new root, which imports and exports under names alone. What the input's root said of them is said there again.

use std::collections::HashMap;

use wasmparser::{ComponentExternName, WasmFeatures};

use super::{Component, ItemKind};
use crate::Error;
use crate::program;

/// The names with attributes that components import and export.
#[derive(Default)]
pub(crate) struct Attributes<'a> {
    imports: HashMap<&'a str, ComponentExternName<'a>>,
    exports: HashMap<&'a str, ComponentExternName<'a>>,
}

impl<'a> Attributes<'a> {
    /// Adds the names that `component` imports, and with `exports` those that it exports. Of two, the first counts.
    pub fn add(&mut self, component: &Component<'a>, exports: bool) {
        let has_some = |name: &ComponentExternName<'_>| name.implements.is_some() || name.external_id.is_some();
        let imports = component.imports().map(|(_, import)| import.name).filter(has_some);
        for name in imports {
            self.imports.entry(name.name).or_insert(name);
        }
        let exports = component.exports().map(|export| export.name).filter(|name| exports && has_some(name));
        for name in exports {
            self.exports.entry(name.name).or_insert(name);
        }
    }

    /// `output`, whose root says of its names what was said of them before. A program keeps it under its name of the other generation.
    pub fn restore(&self, output: Vec<u8>) -> Result<Vec<u8>, Error> {
        if self.imports.is_empty() && self.exports.is_empty() {
            return Ok(output);
        }
        let program = |name: &str| program::role(name).map(|(program, _)| program);
        let export = |name: &str| {
            let of_program = |known: &&ComponentExternName<'a>| {
                program(known.name).is_some_and(|known| Some(known) == program(name))
            };
            self.exports.get(name).or_else(|| self.exports.values().find(of_program))
        };
        let mut component = Component::decode(&output, WasmFeatures::all())?;
        for item in &mut component.items {
            let (said, name) = match &mut item.kind {
                ItemKind::Import(import) => (self.imports.get(import.name.name), &mut import.name),
                ItemKind::Export(named) => (export(named.name.name), &mut named.name),
                _ => continue,
            };
            if let Some(said) = said {
                *name = ComponentExternName { name: name.name, ..*said };
            }
        }
        component.encode().map_err(Error::unsound)
    }
}
