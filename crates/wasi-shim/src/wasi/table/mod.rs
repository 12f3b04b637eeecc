//! The table of WASI: a row for each interface of both generations, and a row for each function.
//! Other modules look up functions and interfaces here by name.

mod wasi02;
mod wasi03;

use semver::Version;

use super::program::Program;
use super::versions;
use crate::Generation;

/// Whether a function has to wait where its generation is implemented on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Class S: made of operations that never wait.
    Direct,
    /// Class R: never waits by contract, but has to let the host go on when it is repeated without
    /// result, has to drain output first, or learns its error only later.
    Repeats,
    /// Class A: waits for an `async func`, a stream or future, or a pollable.
    Waits,
}

/// The row of an interface.
#[derive(Debug)]
pub(crate) struct Interface {
    /// Without version: `wasi:io/poll`.
    pub name: &'static str,
    /// The interfaces of the other generation that an adapter may call for it, besides [`IO`].
    pub counterparts: &'static [&'static str],
    /// The hooks of the adapter that any of its functions needs (`adapters/README.md`), by the
    /// beginning of their names.
    pub hooks: &'static [&'static str],
    /// The further hooks that functions of a resource need.
    pub hooks_of_resources: &'static [(&'static str, &'static [&'static str])],
    pub functions: &'static [Function],
}

/// The row of a function.
#[derive(Debug)]
pub(crate) struct Function {
    /// As in binaries: `[method]pollable.block`.
    pub name: &'static str,
    pub effect: Effect,
    /// Whether it moves bulk bytes, which travel between guest and adapter in chunks
    /// (`adapters/README.md`).
    pub is_bulk: bool,
    /// Whether the guest calls the host's function itself: meaning and type are the same in both
    /// generations.
    pub is_from_host: bool,
    /// Whether an error of the operation that it begins may come after it has returned, with a
    /// text.
    pub fails_later: bool,
    /// The patch of its generation that brought it.
    pub since: u64,
    /// Whether it is behind a feature gate, so that hosts need not have it.
    pub is_gated: bool,
    /// The hooks of the adapter that it needs besides those of its interface.
    pub hooks: &'static [&'static str],
    /// Whether it calls the function of its own name.
    is_same: bool,
    /// The other functions that it calls, of the interface's counterparts or of [`IO`].
    calls: &'static [&'static str],
    /// How it works, in words. Empty where it only calls another function.
    pub how: &'static str,
}

/// The interfaces of 0.2 that an adapter may call for any interface of 0.3, and for the async
/// component model alone.
pub(crate) const IO: &[&str] = &["wasi:io/error", "wasi:io/poll", "wasi:io/streams"];

/// A row that says nothing but the name.
const fn interface(name: &'static str) -> Interface {
    Interface { name, counterparts: &[], hooks: &[], hooks_of_resources: &[], functions: &[] }
}

impl Interface {
    const fn counterparts(mut self, counterparts: &'static [&'static str]) -> Interface {
        self.counterparts = counterparts;
        self
    }

    const fn hooks(mut self, hooks: &'static [&'static str]) -> Interface {
        self.hooks = hooks;
        self
    }

    const fn hooks_of_resources(mut self, hooks: &'static [(&'static str, &'static [&'static str])]) -> Interface {
        self.hooks_of_resources = hooks;
        self
    }

    const fn functions(mut self, functions: &'static [Function]) -> Interface {
        self.functions = functions;
        self
    }

    /// The row of function `name`.
    pub fn function(&self, name: &str) -> Option<&'static Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Whether guests export it, so that no adapter has it.
    pub fn is_program(&self, generation: Generation) -> bool {
        Program::ALL.iter().any(|program| program.interface(generation) == self.name)
    }

    /// The hooks that `function` needs.
    pub fn hooks_of(&self, function: &Function) -> impl Iterator<Item = &'static str> {
        let resource = resource(function.name);
        let of_resource = self.hooks_of_resources.iter().filter(move |(name, _)| Some(*name) == resource);
        let of_resource = of_resource.flat_map(|(_, hooks)| hooks.iter());
        self.hooks.iter().chain(function.hooks).chain(of_resource).copied()
    }
}

/// The resource whose function `name` is: `pollable` of `[method]pollable.block`.
fn resource(name: &str) -> Option<&str> {
    let (_, path) = name.split_once(']')?;
    Some(path.split('.').next().unwrap_or(path))
}

/// A function that never waits.
const fn direct(name: &'static str) -> Function {
    function(name, Effect::Direct)
}

/// A function that never waits by contract, but lets the host go on.
const fn repeats(name: &'static str) -> Function {
    function(name, Effect::Repeats)
}

/// A function that waits.
const fn waits(name: &'static str) -> Function {
    function(name, Effect::Waits)
}

const fn function(name: &'static str, effect: Effect) -> Function {
    Function {
        name,
        effect,
        is_bulk: false,
        is_from_host: false,
        fails_later: false,
        since: 0,
        is_gated: false,
        hooks: &[],
        is_same: false,
        calls: &[],
        how: "",
    }
}

impl Function {
    const fn bulk(mut self) -> Function {
        self.is_bulk = true;
        self
    }

    const fn by_host(mut self) -> Function {
        self.is_from_host = true;
        self
    }

    const fn fails_later(mut self) -> Function {
        self.fails_later = true;
        self
    }

    const fn since(mut self, patch: u64) -> Function {
        self.since = patch;
        self
    }

    const fn gated(mut self, patch: u64) -> Function {
        self.is_gated = true;
        self.since(patch)
    }

    const fn hooks(mut self, hooks: &'static [&'static str]) -> Function {
        self.hooks = hooks;
        self
    }

    const fn same(mut self) -> Function {
        self.is_same = true;
        self
    }

    const fn calls(mut self, functions: &'static [&'static str]) -> Function {
        self.calls = functions;
        self
    }

    const fn how(mut self, how: &'static str) -> Function {
        self.how = how;
        self
    }

    /// Whether guest and adapter have it as `start-…` and `finish-…`.
    pub fn is_split(&self) -> bool {
        self.effect != Effect::Direct || self.is_bulk
    }

    /// The functions of the other generation that it calls, by name.
    pub fn called(&'static self) -> &'static [&'static str] {
        if self.is_same { std::slice::from_ref(&self.name) } else { self.calls }
    }
}

/// The rows of `generation`, in the order of packages.
pub(crate) fn interfaces(generation: Generation) -> &'static [Interface] {
    match generation {
        Generation::Wasi02 => wasi02::INTERFACES,
        Generation::Wasi03 => wasi03::INTERFACES,
    }
}

/// The row of interface `name` (without version) of `generation`.
pub(crate) fn find(generation: Generation, name: &str) -> Option<&'static Interface> {
    interfaces(generation).iter().find(|interface| interface.name == name)
}

/// The row of `function` of `interface` (without version) of `generation`.
pub(crate) fn find_function(generation: Generation, interface: &str, function: &str) -> Option<&'static Function> {
    find(generation, interface)?.function(function)
}

/// The interfaces of `generation` that an adapter implements.
pub(crate) fn adapted(generation: Generation) -> impl Iterator<Item = &'static Interface> {
    interfaces(generation).iter().filter(move |interface| !interface.is_program(generation))
}

/// Whether an adapter implements `interface` (without version) of `generation`.
pub(crate) fn is_adapted(generation: Generation, interface: &str) -> bool {
    adapted(generation).any(|known| known.name == interface)
}

/// The interfaces of the other generation that may be called for `interface` (without version) of
/// `generation`, besides [`IO`].
pub(crate) fn counterparts(generation: Generation, interface: &str) -> &'static [&'static str] {
    find(generation, interface).map_or(&[], |interface| interface.counterparts)
}

/// Whether `function` of `interface` (without version) of 0.2 is split into `start-…` and
/// `finish-…` between guest and adapter.
pub(crate) fn is_split(interface: &str, function: &str) -> bool {
    find_function(Generation::Wasi02, interface, function).is_some_and(Function::is_split)
}

/// The first version of 0.2 whose `interface` (without version) has `function`.
pub(crate) fn since(interface: &str, function: &str) -> Version {
    let row = find_function(Generation::Wasi02, interface, function);
    versions::patch(Generation::Wasi02, row.map_or(0, |function| function.since))
}

/// The functions that came to `interface` (without version) after 0.2.0 and that every host has,
/// and when.
pub(crate) fn later(interface: &str) -> impl Iterator<Item = (&'static str, Version)> {
    let functions = find(Generation::Wasi02, interface).into_iter().flat_map(|interface| interface.functions);
    let later = functions.filter(|function| function.since > 0 && !function.is_gated);
    later.map(|function| (function.name, versions::patch(Generation::Wasi02, function.since)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wit_parser::{Stability, Type, TypeDefKind};

    use super::*;
    use crate::wasi::Catalogue;

    /// Each interface and each function of the WIT has one row, and each row is of one of those.
    #[test]
    fn rows_are_those_of_the_wit() {
        let catalogue = Catalogue::all();
        for generation in Generation::ALL {
            let mut known = BTreeSet::new();
            for (interface, id) in catalogue.interface_ids(generation) {
                let functions = catalogue.resolve().interfaces[id].functions.keys();
                known.extend(functions.map(|function| (interface.clone(), Some(function.clone()))));
                known.insert((interface, None));
            }
            let rows = interfaces(generation).iter().flat_map(|interface| {
                let functions = interface.functions.iter().map(|function| Some(function.name.to_string()));
                functions.chain([None]).map(|function| (interface.name.to_string(), function))
            });
            let rows: Vec<_> = rows.collect();
            let set: BTreeSet<_> = rows.iter().cloned().collect();
            assert_eq!(rows.len(), set.len(), "a row is there twice");
            let (lacking, unknown): (Vec<_>, Vec<_>) =
                (known.difference(&set).collect(), set.difference(&known).collect());
            assert!(lacking.is_empty() && unknown.is_empty(), "lacking: {lacking:?}, unknown: {unknown:?}");
        }
    }

    #[test]
    fn counterparts_are_interfaces() {
        for generation in Generation::ALL {
            for interface in interfaces(generation) {
                let unknown = interface.counterparts.iter().find(|name| find(generation.other(), name).is_none());
                assert_eq!(unknown, None, "{}", interface.name);
            }
        }
        assert!(IO.iter().all(|name| find(Generation::Wasi02, name).is_some()));
    }

    #[test]
    fn versions_are_those_of_the_wit() {
        let catalogue = Catalogue::all();
        for (interface, id) in catalogue.interface_ids(Generation::Wasi02) {
            for function in catalogue.resolve().interfaces[id].functions.values() {
                let row = find_function(Generation::Wasi02, &interface, &function.name).unwrap();
                assert_eq!(row.is_gated, matches!(function.stability, Stability::Unstable { .. }), "{}", row.name);
                let Stability::Stable { since: version, .. } = &function.stability else { continue };
                assert_eq!(&since(&interface, row.name), version, "{interface}#{}", row.name);
            }
        }
    }

    /// Guests take those functions from the host that are `func() -> u64` and only call one of the
    /// same type.
    #[test]
    fn functions_from_the_host_have_the_same_type() {
        let catalogue = Catalogue::all();
        let resolve = catalogue.resolve();
        let is_number = |mut ty: Type| loop {
            match ty {
                Type::Id(id) => match resolve.types[id].kind {
                    TypeDefKind::Type(aliased) => ty = aliased,
                    _ => return false,
                },
                ty => return ty == Type::U64,
            }
        };
        let is_plain = |generation, interface: &str, function: &str| {
            let (_, id) = catalogue.interface_ids(generation).find(|(name, _)| name == interface).unwrap();
            let function = &resolve.interfaces[id].functions[function];
            function.params.is_empty() && function.result.is_some_and(is_number) && !function.kind.is_async()
        };
        let mut count = 0;
        for mapping in crate::wasi::mappings(Generation::Wasi02) {
            let calls: Vec<_> = mapping.calls().collect();
            let is_plain = mapping.how().is_empty()
                && is_plain(Generation::Wasi02, mapping.interface(), mapping.function())
                && calls.iter().all(|(interface, function)| is_plain(Generation::Wasi03, interface, function));
            let row = find_function(Generation::Wasi02, mapping.interface(), mapping.function()).unwrap();
            assert_eq!(row.is_from_host, is_plain, "{}#{}", mapping.interface(), mapping.function());
            count += usize::from(is_plain);
        }
        assert_eq!(count, 4);
    }
}
