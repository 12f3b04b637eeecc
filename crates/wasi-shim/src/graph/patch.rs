//! The patch of WASI 0.2 that an output imports.

use std::collections::{HashMap, HashSet};

use semver::Version;

use crate::component::{Arena, Component, ItemKind, functions_of};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Source};
use crate::report::notes::{Note, note};
use crate::report::reasons;
use crate::wasi::{EXIT_WITH_CODE, InterfaceName, versions};
use crate::{Generation, wasi};

/// The version of 0.2 to import: the one that is `asked` for, else the lowest that has all
/// `functions` (interface and name), and is not below what the component mentions already.
pub(crate) fn choose<'n>(
    asked: Option<u64>,
    names: &[InterfaceName],
    functions: impl Iterator<Item = (&'n str, &'n str)>,
) -> Version {
    if let Some(patch) = asked {
        return versions::patch(Generation::Wasi02, patch);
    }
    let mentioned = names.iter().filter(|name| name.generation() == Some(Generation::Wasi02));
    let mentioned = mentioned.map(|name| name.version.clone());
    let needed = functions.map(since);
    mentioned.chain(needed).max().unwrap_or(versions::first(Generation::Wasi02))
}

/// The version of 0.2 that brought a function, which is given by its interface and its name.
pub(crate) fn since((interface, function): (&str, &str)) -> Version {
    wasi::since(interface, function)
}

/// The note about the choice of `version` for `functions`, if there is something to tell.
pub(crate) fn note_of<'n>(version: &Version, functions: impl Iterator<Item = (&'n str, &'n str)>) -> Option<Note> {
    let exits = functions.into_iter().any(|function| function == EXIT_WITH_CODE);
    let since = since(EXIT_WITH_CODE);
    exits.then(|| match *version >= since {
        true => {
            let first = versions::first(Generation::Wasi02);
            let other =
                format!("`--wasi-patch {first}` makes do with `exit`, which tells success from failure and no more");
            note("W0202", format!("the output needs a host of WASI {since} or later, for `exit-with-code`; {other}"))
        }
        false => {
            let reason = format!("WASI {version} has no `exit-with-code`, it came with {since}");
            note("W0218", format!("all exit codes but 0 become failure: {reason}"))
        }
    })
}

/// The obstacles to renaming imports and exports of 0.2 of `component` (`composition`) to
/// `version`.
pub(crate) fn obstacles(component: &Component<'_>, composition: &Composition<'_>, version: &Version) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut twice = |names: Vec<&str>, part: &str| {
        let mut seen = HashSet::new();
        for name in names {
            if of_wasi02(name).is_some_and(|name| !seen.insert(name.unversioned())) {
                found.push(reasons::SEVERAL_PATCHES.of(name, &[("part", part)]));
            }
        }
    };
    // Several versions can become one only where different parts use them.
    for part in &composition.parts {
        let args = part.args.iter().filter(|(_, source)| source.root_import().is_some());
        twice(args.map(|(name, _)| *name).collect(), &part.label);
    }
    twice(composition.exports.iter().map(|(name, _)| *name).collect(), "the component");
    for (def, import) in component.imports() {
        let Some(name) = of_wasi02(import.name.name) else { continue };
        for function in functions_of(component, def) {
            let since = wasi::since(&name.unversioned(), &function);
            if since > *version {
                let asked = format!("`--wasi-patch {since}`");
                let subject = format!("{}#{function}", import.name.name);
                found.push(later_function(subject, version, &since, &asked));
            }
        }
    }
    found
}

/// The obstacle that `function` came with `since` and is not in `version`; `asked` is what to ask
/// for.
pub(crate) fn later_function(function: String, version: &Version, since: &Version, asked: &str) -> Obstacle {
    let (version, since) = (version.to_string(), since.to_string());
    reasons::LATER_FUNCTION.of(function, &[("version", &version), ("since", &since), ("asked", asked)])
}

/// Renames the imports and exports of 0.2 to `version`, where they are the root's.
pub(crate) fn rename<'a>(composition: &mut Composition<'a>, arena: &'a Arena, version: &Version) {
    let renamed = |name: &'a str| match of_wasi02(name) {
        Some(name) => arena.text(&InterfaceName { version: version.clone(), ..name }.to_string()),
        None => name,
    };
    let Composition { parts, exports } = composition;
    let is_exported = |at: usize, name: &str| {
        exports.iter().any(|(exported, source)| *exported == name && source.is_export(at, name))
    };
    // Exports of a part are the root's, too, if both have the same name for them.
    let own: Vec<HashMap<&'a str, &'a str>> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let names = part.component.exports().map(|export| export.name.name);
            names.filter(|name| is_exported(at, name)).map(|name| (name, renamed(name))).collect()
        })
        .collect();
    let follow = |source: &mut Source<'a>| {
        let Some(name) = source.path.first_mut() else { return };
        *name = match source.origin {
            Origin::Root => renamed(name),
            Origin::Part(part) => own[part].get(name).copied().unwrap_or(name),
        };
    };
    for (at, part) in parts.iter_mut().enumerate() {
        let from_root: HashSet<&str> =
            part.args.iter().filter(|(_, source)| source.root_import().is_some()).map(|(name, _)| *name).collect();
        for item in &mut part.component.items {
            match &mut item.kind {
                ItemKind::Import(import) if from_root.contains(import.name.name) => {
                    import.name.name = renamed(import.name.name);
                }
                ItemKind::Export(export) => {
                    export.name.name = own[at].get(export.name.name).copied().unwrap_or(export.name.name);
                }
                _ => {}
            }
        }
        let args = std::mem::take(&mut part.args).into_iter().map(|(name, mut source)| {
            let name = if from_root.contains(name) { renamed(name) } else { name };
            follow(&mut source);
            (name, source)
        });
        part.args = args.collect();
    }
    for (name, source) in exports {
        *name = renamed(name);
        follow(source);
    }
}

fn of_wasi02(name: &str) -> Option<InterfaceName> {
    InterfaceName::parse(name).filter(|name| name.generation() == Some(Generation::Wasi02))
}
