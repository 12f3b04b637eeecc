//! What stands in the way of adapting a component to 0.2: one scan over all nesting levels.

use wasmparser::{CanonicalFunction, CanonicalOption};

use super::courier::Courier;
use super::guest;
use crate::adapter;
use crate::component::{Component, ItemKind};
use crate::composition::Composition;
use crate::error::Obstacle;
use crate::obstacles::{self, obstacle, provide, use_inside};
use crate::program;
use crate::types;
use crate::wasi::{Generation, InterfaceName};

/// The composition that `root` is, if nothing stands in the way of adapting it.
///
/// # Errors
///
/// Everything that stands in the way, in the order of the component.
pub(crate) fn composition<'a>(root: &Component<'a>) -> Result<Composition<'a>, Vec<Obstacle>> {
    let mut found = Vec::new();
    imports(root, &mut found);
    definitions(root, &mut found);
    exports(root, &mut found);
    // Of what uses streams as well, that was said already.
    let mut owned = Vec::new();
    obstacles::owned_resources(root, Generation::Wasi03, &adapter::p3_on_p2::has_interface, &mut owned);
    owned.retain(|obstacle| !found.iter().any(|known| known.subject == obstacle.subject));
    found.extend(owned);
    match Composition::of(root) {
        Ok(composition) => {
            obstacles::parts(&composition, Generation::Wasi03, &guest::adapted_imports_by_root, &mut found);
            found.extend(Courier::of(&composition.parts).err().into_iter().flatten());
            if found.is_empty() { Ok(composition) } else { Err(found) }
        }
        Err(unclear) => {
            found.extend(unclear);
            Err(found)
        }
    }
}

/// Whether `component` uses the async component model, on any level.
pub(crate) fn is_async(component: &Component<'_>) -> bool {
    component.items.iter().any(|item| match (&item.kind, item.def) {
        (ItemKind::Component(nested), _) => is_async(nested),
        (ItemKind::Import(_) | ItemKind::Export(_) | ItemKind::Canon(CanonicalFunction::Lift { .. }), Some(def)) => {
            types::is_async(component.validated(), def)
        }
        (ItemKind::Canon(CanonicalFunction::Lower { options, .. }), _) => {
            options.iter().any(|option| matches!(option, CanonicalOption::Async))
        }
        (
            ItemKind::Canon(
                CanonicalFunction::ResourceNew { .. }
                | CanonicalFunction::ResourceDrop { .. }
                | CanonicalFunction::ResourceRep { .. },
            ),
            _,
        ) => false,
        (ItemKind::Canon(_), _) => true,
        _ => false,
    })
}

/// Definitions that need more than an event loop, on any level: several stacks, threads, memories that R cannot address.
fn definitions(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    const CALLBACKS: &str = "build the component with a toolchain that lifts with callbacks";
    for item in &component.items {
        match &item.kind {
            ItemKind::Component(nested) => definitions(nested, found),
            ItemKind::Canon(canon) => {
                let options = guest::options::options(canon);
                let refused = match canon {
                    _ if guest::options::memory(options).is_some_and(|memory| is_64_bit(component, memory)) => {
                        Some(("a 64-bit memory", "build the component for 32-bit memories"))
                    }
                    _ if options.iter().any(|option| matches!(option, CanonicalOption::Gc)) => {
                        Some(("values as garbage-collected objects", "build the component for linear memories"))
                    }
                    CanonicalFunction::Lift { options, .. } if is_stackful(options) => {
                        Some(("a stackful async lift", CALLBACKS))
                    }
                    CanonicalFunction::ThreadSpawnRef { .. }
                    | CanonicalFunction::ThreadSpawnIndirect { .. }
                    | CanonicalFunction::ThreadAvailableParallelism
                    | CanonicalFunction::ThreadIndex
                    | CanonicalFunction::ThreadNewIndirect { .. }
                    | CanonicalFunction::ThreadResumeLater
                    | CanonicalFunction::ThreadSuspend { .. }
                    | CanonicalFunction::ThreadSuspendThenResume { .. }
                    | CanonicalFunction::ThreadYieldThenResume { .. }
                    | CanonicalFunction::ThreadSuspendThenPromote { .. }
                    | CanonicalFunction::ThreadYieldThenPromote { .. } => {
                        Some(("a thread of the component model", "build the component without threads"))
                    }
                    CanonicalFunction::ErrorContextNew { .. }
                    | CanonicalFunction::ErrorContextDebugMessage { .. }
                    | CanonicalFunction::ErrorContextDrop => {
                        Some(("error-context", "build the component without error-context"))
                    }
                    _ => None,
                };
                if let Some((subject, hint)) = refused {
                    let new = obstacle(subject, "it cannot be expressed on a host of WASI 0.2", hint);
                    if !found.contains(&new) {
                        found.push(new);
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_64_bit(component: &Component<'_>, memory: u32) -> bool {
    component.validated().memory_at(memory).memory64
}

fn is_stackful(options: &[CanonicalOption]) -> bool {
    options.iter().any(|option| matches!(option, CanonicalOption::Async))
        && !options.iter().any(|option| matches!(option, CanonicalOption::Callback(_)))
}

/// Interfaces of 0.3 that R does not have, and async in anybody else's.
fn imports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for (def, import) in component.imports() {
        let name = InterfaceName::parse(import.name.name);
        let wasi03 = name.as_ref().filter(|name| name.generation() == Some(Generation::Wasi03));
        match wasi03 {
            Some(name) if adapter::p3_on_p2::has_interface(&name.unversioned()) => {}
            Some(name) if name.unversioned() == "wasi:http/handler" => found.push(obstacle(
                import.name.name,
                "a middleware hands requests on to a component behind it, and a host of WASI 0.2 has none to offer",
                "compose it with the service behind it first: `wasi-shim compose MIDDLEWARE SERVICE`",
            )),
            Some(_) => found.push(obstacle(
                import.name.name,
                "there is no adapter for this interface of WASI 0.3",
                provide(import.name.name),
            )),
            None if types::is_async(component.validated(), def) => found.push(obstacle(
                import.name.name,
                "its types use `async`, `stream` or `future`, which a host of WASI 0.2 does not have",
                provide(import.name.name),
            )),
            None => {}
        }
    }
}

/// Exports that cannot be expressed in 0.2.
fn exports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = InterfaceName::parse(export.name.name);
        let wasi03 = name.is_some_and(|name| name.generation() == Some(Generation::Wasi03));
        if program::role(export.name.name).is_some() {
            continue;
        }
        if wasi03 {
            found.push(obstacle(
                export.name.name,
                "there is no adapter for this export of WASI 0.3",
                "only commands (`wasi:cli/run`), services (`wasi:http/handler`) and exports of your own interfaces can \
                 be adapted",
            ));
        } else if types::carries_streams(component.validated(), def) {
            found.push(obstacle(
                export.name.name,
                "its types use `stream` or `future`, which a host of WASI 0.2 does not have",
                use_inside(export.name.name),
            ));
        }
    }
}
