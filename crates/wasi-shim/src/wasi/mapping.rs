//! How each function of one generation works on hosts of the other, for `explain` and the manual.
//! The adapters do the work.

use super::program::Program;
use super::table::{self, Effect, Function, IO, Interface};
use crate::Generation;

/// How a function of one generation works on a host of the other.
#[derive(Debug, Clone, Copy)]
pub struct FunctionMapping {
    generation: Generation,
    interface: &'static Interface,
    function: &'static Function,
}

impl FunctionMapping {
    /// The generation that the function belongs to.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The interface of the function, without version: `wasi:io/poll`.
    pub fn interface(&self) -> &'static str {
        self.interface.name
    }

    /// The function, named as in binaries: `[method]pollable.block`.
    pub fn function(&self) -> &'static str {
        self.function.name
    }

    /// The functions of the other generation that are called for it: interface without version, and
    /// name.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let (other, interface) = (self.generation.other(), self.interface);
        let program = Program::ALL.into_iter().find(|program| program.interface(self.generation) == interface.name);
        let program = program.map(|program| program.interface(other));
        self.function.called().iter().filter_map(move |function| {
            let mut interfaces = interface.counterparts.iter().copied().chain(program).chain(IO.iter().copied());
            let has_it = |interface: &&str| table::find_function(other, interface, function).is_some();
            Some((interfaces.find(has_it)?, *function))
        })
    }

    /// How it works, in words. Empty where it only calls another function, perhaps of another name.
    pub fn how(&self) -> &'static str {
        self.function.how
    }

    /// Whether it has to wait on such a host: a function of 0.2 for an async one, a task of 0.3 for
    /// a pollable.
    pub fn effect(&self) -> Effect {
        self.function.effect
    }
}

/// How the functions of `generation` work on hosts of the other one.
pub fn mappings(generation: Generation) -> impl Iterator<Item = FunctionMapping> {
    table::interfaces(generation).iter().flat_map(move |interface| {
        interface.functions.iter().map(move |function| FunctionMapping { generation, interface, function })
    })
}

/// The function of 0.3 that guests take from the host in the place of `function` of `interface`
/// (without version) of 0.2: interface without version, and name.
pub(crate) fn from_host(interface: &str, function: &str) -> Option<(&'static str, &'static str)> {
    let generation = Generation::Wasi02;
    let interface = table::find(generation, interface)?;
    let function = interface.function(function).filter(|function| function.is_from_host)?;
    FunctionMapping { generation, interface, function }.calls().next()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::wasi::Catalogue;
    use crate::{Error, Surface, adapter};

    #[test]
    fn texts_say_what_is_done() {
        for mapping in Generation::ALL.into_iter().flat_map(mappings) {
            let named = format!("{}#{}", mapping.interface(), mapping.function());
            let calls = mapping.calls().count();
            assert_eq!(calls, mapping.function.called().len(), "{named}: no interface has a function that it calls");
            assert!(!mapping.how().is_empty() || calls == 1, "{named}: what is done?");
            assert!(!mapping.how().ends_with('.') && !mapping.how().contains("  "), "{named}");
        }
    }

    /// On a host of 0.2 all async functions wait but those of files, which are done within the
    /// call.
    #[test]
    fn tasks_are_async() {
        let catalogue = Catalogue::all();
        let interfaces: BTreeMap<_, _> = catalogue.interface_ids(Generation::Wasi03).collect();
        for mapping in mappings(Generation::Wasi03) {
            let interface = &catalogue.resolve().interfaces[interfaces[mapping.interface()]];
            let is_async = interface.functions[mapping.function()].kind.is_async();
            let waits = is_async && mapping.interface() != "wasi:filesystem/types";
            let effect = if waits { Effect::Waits } else { Effect::Direct };
            assert_eq!(mapping.effect(), effect, "{}#{}", mapping.interface(), mapping.function());
        }
    }

    /// Not imported by an adapter alone, which gets no request.
    const ONLY_IN_SERVICES: &str = "[static]request.consume-body";

    /// An adapter imports the functions that the table says it calls.
    #[test]
    fn adapters_import_what_they_call() {
        for generation in Generation::ALL {
            let mut interfaces: BTreeMap<&str, Vec<FunctionMapping>> = BTreeMap::new();
            for mapping in mappings(generation) {
                interfaces.entry(mapping.interface()).or_default().push(mapping);
            }
            // The interfaces that do the work behind what the functions return.
            let workers: &[&str] = match generation {
                Generation::Wasi02 => &["wasi:io/streams", "wasi:io/poll", "wasi:http/outgoing-handler"],
                Generation::Wasi03 => &["wasi:http/client"],
            };
            let mut checked = 0;
            for (interface, mappings) in interfaces {
                let alone = match adapter(&[&[interface], workers].concat(), generation.other(), None) {
                    Ok(alone) => alone,
                    // Programs, which the rewritten component exports itself.
                    Err(Error::UnknownInterface { .. }) => continue,
                    Err(error) => panic!("{interface}: {error}"),
                };
                let imports = Surface::of(&alone.bytes).unwrap().imports;
                let is_imported = |(by, function): &(&str, &str)| {
                    *function == ONLY_IN_SERVICES
                        || imports.iter().any(|import| {
                            let name = import.interface.as_ref().map(|name| name.unversioned());
                            name.as_deref() == Some(by) && import.functions.iter().any(|known| known == function)
                        })
                };
                let called: BTreeSet<(&str, &str)> = mappings.iter().flat_map(FunctionMapping::calls).collect();
                let lacking: Vec<_> = called.iter().filter(|function| !is_imported(function)).collect();
                assert!(lacking.is_empty(), "the adapter of {interface} does not import {lacking:?}");
                checked += called.len();
            }
            assert!(checked > 60, "only {checked}");
        }
    }
}
