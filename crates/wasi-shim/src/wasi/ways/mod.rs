//! How each function of one generation is done on hosts of the other: what `explain` and the manual tell. The adapters do it.

mod wasi02;
mod wasi03;

use super::{Effect, effects};
use crate::Generation;

/// How a function of one generation is done on a host of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Way {
    /// The interface of the function, without version: `wasi:io/poll`.
    pub interface: &'static str,
    /// The function, named as in binaries: `[method]pollable.block`.
    pub function: &'static str,
    /// The generation that it belongs to.
    pub generation: Generation,
    /// The functions of the other generation that are called for it; those without an interface are of `on`.
    by: &'static [&'static str],
    on: &'static str,
    /// What is done, in some words. Empty where `by` is the same function, perhaps under another name.
    pub how: &'static str,
}

impl Way {
    /// The functions of the other generation that are called for it: interface without version, and name.
    pub fn by(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.by.iter().map(|function| function.split_once('#').unwrap_or((self.on, function)))
    }

    /// Whether it has to wait on such a host: a call of 0.2 for what is async there, a task of 0.3 for a pollable.
    pub fn effect(&self) -> Effect {
        match self.generation {
            Generation::Wasi02 => effects::effect(self.interface, self.function),
            Generation::Wasi03 => effects::effect03(self.interface, self.function),
        }
    }
}

/// The functions of a generation, by interface.
type Table = &'static [&'static [Way]];

macro_rules! table {
    ($generation:ident $($interface:literal on $on:literal { $($function:literal => [$($by:literal),*]: $how:literal;)* })*) => {
        &[$(&[$(
            $crate::wasi::Way {
                interface: $interface,
                function: $function,
                generation: $crate::wasi::Generation::$generation,
                by: &[$($by),*],
                on: $on,
                how: $how,
            },
        )*]),*]
    };
}
use table;

/// How the functions of `generation` are done on hosts of the other one.
pub fn ways(generation: Generation) -> impl Iterator<Item = &'static Way> {
    let table = match generation {
        Generation::Wasi02 => wasi02::WASI02,
        Generation::Wasi03 => wasi03::WASI03,
    };
    table.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::wasi::Catalogue;
    use crate::{Error, Generation, Surface, adapter};

    /// Interface without version, and name, of all functions of `generation`.
    fn functions(generation: Generation) -> BTreeSet<(String, String)> {
        let catalogue = Catalogue::all();
        let of = |(interface, id): (String, wit_parser::InterfaceId)| {
            let functions = catalogue.resolve().interfaces[id].functions.keys();
            functions.map(|function| (interface.clone(), function.clone())).collect::<Vec<_>>()
        };
        catalogue.interface_ids(generation).flat_map(of).collect()
    }

    const BOTH: [(Generation, Generation, Generation); 2] = [
        (Generation::Wasi02, Generation::Wasi03, Generation::Wasi03),
        (Generation::Wasi03, Generation::Wasi02, Generation::Wasi02),
    ];

    #[test]
    fn every_function_of_the_wit_has_one() {
        for (generation, other, _) in BOTH {
            let named: Vec<_> = ways(generation).map(|way| (way.interface.into(), way.function.into())).collect();
            let set: BTreeSet<(String, String)> = named.iter().cloned().collect();
            assert_eq!(named.len(), set.len(), "one is there twice");
            let known = functions(generation);
            let lacking: Vec<_> = known.difference(&set).collect();
            let unknown: Vec<_> = set.difference(&known).collect();
            assert!(lacking.is_empty() && unknown.is_empty(), "lacking: {lacking:?}, unknown: {unknown:?}");
            let others = functions(other);
            for way in ways(generation) {
                let by: Vec<(String, String)> = way.by().map(|(i, f)| (i.into(), f.into())).collect();
                let named = format!("{}#{}", way.interface, way.function);
                assert!(by.iter().all(|function| others.contains(function)), "{named}: {by:?}");
                assert!(!way.how.is_empty() || by.len() == 1, "{named}: what is done?");
                assert!(!way.how.ends_with('.'), "{named}");
            }
        }
    }

    /// On a host of 0.2 all async functions wait but those of files, which are done within the call.
    #[test]
    fn tasks_are_async() {
        let catalogue = Catalogue::all();
        for way in ways(Generation::Wasi03) {
            let (_, id) = catalogue.interface_ids(Generation::Wasi03).find(|(name, _)| name == way.interface).unwrap();
            let is_async = catalogue.resolve().interfaces[id].functions[way.function].kind.is_async();
            let waits = is_async && way.interface != "wasi:filesystem/types";
            let effect = if waits { Effect::Waits } else { Effect::Direct };
            assert_eq!(way.effect(), effect, "{}#{}", way.interface, way.function);
        }
    }

    /// No adapter alone has it: nobody gives that a request.
    const ONLY_IN_SERVICES: &str = "[static]request.consume-body";

    /// What an adapter is said to call is what it imports.
    #[test]
    fn adapters_import_what_they_call() {
        for (generation, _, target) in BOTH {
            let mut interfaces: BTreeMap<&str, Vec<&Way>> = BTreeMap::new();
            for way in ways(generation) {
                interfaces.entry(way.interface).or_default().push(way);
            }
            // Those that do the work for what the functions give out.
            let workers: &[&str] = match generation {
                Generation::Wasi02 => &["wasi:io/streams", "wasi:io/poll", "wasi:http/outgoing-handler"],
                Generation::Wasi03 => &["wasi:http/client"],
            };
            let mut checked = 0;
            for (interface, ways) in interfaces {
                let alone = match adapter(&[&[interface], workers].concat(), target, None) {
                    Ok(alone) => alone,
                    // Exports of programs, which the rewritten component has itself.
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
                let called: BTreeSet<(&str, &str)> = ways.iter().flat_map(|way| way.by()).collect();
                let lacking: Vec<_> = called.iter().filter(|function| !is_imported(function)).collect();
                assert!(lacking.is_empty(), "the adapter of {interface} does not import {lacking:?}");
                checked += called.len();
            }
            assert!(checked > 60, "only {checked}");
        }
    }
}
