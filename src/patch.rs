//! Which patch of WASI 0.2 an output imports.

use std::collections::HashSet;

use semver::Version;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::{ComponentExport, ComponentImport};

use crate::component::{Arena, Component, Def, ItemKind, Sort};
use crate::error::Obstacle;
use crate::wasi::{self, Generation, InterfaceName};
use crate::wrap::Note;

/// Without this function R makes do with another one.
const EXIT_WITH_CODE: (&str, &str) = ("wasi:cli/exit", "exit-with-code");

/// The version of 0.2 to import: the one that is `asked` for, else the lowest that has all `functions`
/// (interface and name), and is not below what the component mentions already.
pub(crate) fn choose<'n>(
    asked: Option<u64>,
    names: &[InterfaceName],
    functions: impl Iterator<Item = (&'n str, &'n str)>,
) -> Version {
    if let Some(patch) = asked {
        return Version::new(0, 2, patch);
    }
    let mentioned = names.iter().filter(|name| name.generation() == Some(Generation::Wasi02));
    let mentioned = mentioned.map(|name| name.version.clone());
    let needed = functions.map(|(interface, function)| wasi::since(interface, function));
    mentioned.chain(needed).max().unwrap_or(Version::new(0, 2, 0))
}

/// What the user should know about the choice of `version` for `functions`.
pub(crate) fn note<'n>(version: &Version, functions: impl Iterator<Item = (&'n str, &'n str)>) -> Option<Note> {
    let exits = functions.into_iter().any(|function| function == EXIT_WITH_CODE);
    let since = wasi::since(EXIT_WITH_CODE.0, EXIT_WITH_CODE.1);
    let text = match (exits, *version >= since) {
        (false, _) => return None,
        (true, true) => format!(
            "`exit-with-code` needs a host of WASI {since}; `--wasi-patch 0.2.0` makes do with `exit`, which tells success from \
             failure and no more"
        ),
        (true, false) => format!(
            "WASI {version} has no `exit-with-code`, it came with {since}: exit codes other than 0 will arrive as failure"
        ),
    };
    Some(Note { text })
}

/// What keeps the component's own imports and exports of 0.2 from being those of `version`.
pub(crate) fn obstacles(component: &Component<'_>, version: &Version) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (def, import) in component.imports() {
        let Some(name) = of_wasi02(import.name.name) else { continue };
        if !seen.insert(name.unversioned()) {
            found.push(Obstacle {
                subject: import.name.name.to_string(),
                reason: "the component imports this interface at several versions".into(),
                hint: "leave out `--wasi-patch`: hosts satisfy several versions at once".into(),
            });
        }
        for function in functions(component, def) {
            let since = wasi::since(&name.unversioned(), &function);
            if since > *version {
                found.push(Obstacle {
                    subject: format!("{}#{function}", import.name.name),
                    reason: format!("WASI {version} does not have this function, it came with {since}"),
                    hint: format!("ask for `--wasi-patch {since}` or a later one"),
                });
            }
        }
    }
    found
}

/// Names the component's imports and exports of 0.2 by `version`.
pub(crate) fn rename<'a>(component: &mut Component<'a>, arena: &'a Arena, version: &Version) {
    let renamed = |name: &str| {
        let name = of_wasi02(name)?;
        Some(arena.name(&InterfaceName { version: version.clone(), ..name }.to_string()))
    };
    for item in &mut component.items {
        match &mut item.kind {
            ItemKind::Import(ComponentImport { name, .. }) | ItemKind::Export(ComponentExport { name, .. }) => {
                if let Some(new) = renamed(name.name) {
                    *name = new;
                }
            }
            _ => {}
        }
    }
}

fn of_wasi02(name: &str) -> Option<InterfaceName> {
    InterfaceName::parse(name).filter(|name| name.generation() == Some(Generation::Wasi02))
}

/// The functions of an imported or exported instance.
pub(crate) fn functions(component: &Component<'_>, import: Def) -> Vec<String> {
    if import.sort != Sort::Instance {
        return Vec::new();
    }
    let types = component.validated();
    let exports = &types[types.component_instance_at(import.id)].exports;
    let functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
    functions.map(|(name, _)| name.clone()).collect()
}
