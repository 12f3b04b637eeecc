//! The code in the core module of an adapter that a guest reaches: the hooks that it needs, and the
//! interfaces and functions of the host that may be called then.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::Generation;
use crate::wasi::{table, versions};

/// The hooks that private interfaces and functions need, by name.
pub(crate) type PrivateHooks = &'static [(&'static str, &'static [&'static str])];

/// The reach of functions of one generation.
pub(crate) struct Reach {
    /// The version under which the module imports the other generation.
    imported: String,
    hooks: HashSet<&'static str>,
    /// All hooks that something needs. Others are always kept.
    known: HashSet<&'static str>,
    interfaces: HashSet<&'static str>,
    functions: HashSet<&'static str>,
}

impl Reach {
    /// The reach of `functions` of `generation` (by interface without version) and of
    /// `others`: interfaces whatever their functions, and private interfaces and functions, whose
    /// hooks `private` lists.
    ///
    /// An interface that is needed for its types alone gives no reason to keep code.
    pub fn of<'n, F>(
        generation: Generation,
        functions: &BTreeMap<String, BTreeSet<(String, F)>>,
        others: impl Iterator<Item = &'n str>,
        private: PrivateHooks,
    ) -> Reach {
        let mut reach = Reach {
            imported: versions::first(generation.other()).to_string(),
            hooks: HashSet::new(),
            known: private.iter().flat_map(|(_, hooks)| *hooks).copied().collect(),
            interfaces: HashSet::new(),
            functions: HashSet::new(),
        };
        if generation == Generation::Wasi03 {
            reach.interfaces.extend(table::IO);
        }
        let others: HashSet<&str> = others.collect();
        for (_, hooks) in private.iter().filter(|(name, _)| others.contains(name)) {
            reach.hooks.extend(*hooks);
        }
        for interface in table::interfaces(generation) {
            let rows = interface.functions.iter();
            reach.known.extend(interface.hooks);
            reach.known.extend(rows.clone().flat_map(|function| interface.hooks_of(function)));
            let used = functions.get(interface.name).filter(|used| !used.is_empty());
            if used.is_none() && !others.contains(interface.name) {
                continue;
            }
            reach.hooks.extend(interface.hooks);
            reach.interfaces.extend(interface.counterparts);
            let names: HashSet<&str> = used.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            for function in rows.filter(|function| names.contains(function.name)) {
                reach.hooks.extend(interface.hooks_of(function));
                reach.functions.extend(function.called());
            }
        }
        reach
    }

    /// Whether the adapter may get to hook `name`: `http/sent`.
    pub fn hook(&self, name: &str) -> bool {
        let group = name.split_inclusive('/').next().unwrap_or(name);
        !self.known.contains(group) || self.hooks.contains(group)
    }

    /// Whether it may get to imports from `module`: an interface of the host with version, or
    /// anything else.
    pub fn import(&self, module: &str) -> bool {
        match module.split_once('@') {
            Some((interface, version)) if version == self.imported => self.interfaces.contains(interface),
            _ => true,
        }
    }

    /// Whether one of the functions calls `function` of the host.
    pub fn calls(&self, function: &str) -> bool {
        self.functions.contains(function)
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;
    use crate::adapter::prune::HOOK;
    use crate::{p2_on_p3, p3_on_p2};

    /// Parts that are kept by the form of the output, not by hooks.
    const OF_FORMS: [&str; 2] = ["followers/", "linked/"];

    /// A misspelt hook would never be needed, or keep nothing.
    #[test]
    fn hooks_are_those_of_the_modules() {
        let (p, r) = (p2_on_p3::adapter::PRIVATE, p3_on_p2::adapter::PRIVATE);
        let modules =
            [(Generation::Wasi02, p, p2_on_p3::adapter::MODULE), (Generation::Wasi03, r, p3_on_p2::adapter::MODULE)];
        for (generation, private, module) in modules {
            let none = BTreeMap::<String, BTreeSet<(String, ())>>::new();
            let reach = Reach::of(generation, &none, std::iter::empty(), private);
            let mut found = HashSet::new();
            for payload in Parser::new(0).parse_all(module) {
                let Payload::ExportSection(exports) = payload.unwrap() else { continue };
                for export in exports {
                    let Some(hook) = export.unwrap().name.strip_prefix(HOOK) else { continue };
                    found.insert(hook.split_inclusive('/').next().unwrap());
                }
            }
            found.retain(|hook| !OF_FORMS.contains(hook));
            assert_eq!(reach.known, found);
        }
    }
}
