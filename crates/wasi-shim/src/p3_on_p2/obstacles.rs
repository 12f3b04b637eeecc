//! The reasons why a component cannot be adapted to 0.2: one scan over all nesting levels.

use semver::Version;
use wasmparser::{CanonicalFunction, CanonicalOption, WasmFeatures};

use super::courier::Courier;
use super::guest;
use super::payload::{Payload, Typed, copied};
use crate::Generation;
use crate::component::{Component, Item, ItemKind, MemoryId, functions_of, options, types};
use crate::diagnose::obstacles::{Away, obstacle, provide, use_inside};
use crate::diagnose::{obstacles, private};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Part};
use crate::graph::{composition, patch};
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, adapted, program};

/// The composition that `root` is, if nothing stands in the way of adapting it; to that `version`, if one is asked for.
///
/// # Errors
///
/// Everything that stands in the way, in the order of the component.
pub(crate) fn composition<'a>(
    root: &Component<'a>,
    version: Option<&Version>,
) -> Result<Composition<'a>, Vec<Obstacle>> {
    let mut found = Vec::new();
    private::names(root, &mut found);
    imports(root, &mut found);
    definitions(root, &mut found);
    exports(root, &mut found);
    obstacles::programs(root, Generation::Wasi02, &mut found);
    // Of what uses streams as well, that was said already.
    let mut owned = Vec::new();
    obstacles::owned_resources(
        root,
        Generation::Wasi03,
        &|name| adapted::has_interface(Generation::Wasi03, name),
        &mut owned,
    );
    owned.retain(|obstacle| !found.iter().any(|known| known.subject == obstacle.subject));
    found.extend(owned);
    let (composition, unclear) = Composition::of(root);
    let is_clear = unclear.is_empty();
    found.extend(unclear);
    let away = Away {
        generation: Generation::Wasi03,
        adapted: &guest::adapted_imports_by_root,
        splits: &|part, function, _, _| {
            let types = part.component.validated();
            types[types.component_function_at(function)].async_
        },
        types: (guest::TYPES, "request"),
    };
    obstacles::parts(&composition, &away, &mut found);
    composition.parts.iter().for_each(|part| nameless_payloads(part, &mut found));
    composition.parts.iter().for_each(|part| nested(&part.component, &mut found));
    twofold_handlers(&composition, &mut found);
    if is_clear {
        // It has to know where every resource comes from.
        found.extend(Courier::of(&composition.parts).err().into_iter().flatten());
    }
    found.extend(version.map(|version| patch::obstacles(root, &composition, version)).into_iter().flatten());
    if found.is_empty() { Ok(composition) } else { Err(found) }
}

/// Imports that lack the names of types by which R hands values out.
fn nameless_payloads(part: &Part<'_>, found: &mut Vec<Obstacle>) {
    let component = &part.component;
    let interfaces = guest::adapted_imports(part).into_iter().map(|(id, name)| (id, name.unversioned())).collect();
    let mut typed: Vec<Typed> = Vec::new();
    for item in &component.items {
        let ItemKind::Canon(canon) = &item.kind else { continue };
        let Some((ty, Some(transfer))) = copied(canon) else { continue };
        match Payload::of(component, ty, &interfaces) {
            Payload::Typed(new) if new.function(transfer).is_some() && !typed.contains(&new) => typed.push(new),
            _ => {}
        }
    }
    for typed in typed.into_iter().filter(|typed| typed.giver(component, &interfaces).is_none()) {
        let (label, names) = (&part.label, typed.part_names());
        found.push(obstacle(
            typed.interface(),
            format!("{label} reads or writes streams or futures of its values, and does not import {names} from it"),
            "let the component import the interface with these types, as `wit-bindgen` does",
        ));
    }
}

/// Services that the host calls, and another component of the composition as well: what a task returns goes to one of them.
fn twofold_handlers(composition: &Composition<'_>, found: &mut Vec<Obstacle>) {
    for (name, source) in composition.kept() {
        let is_handler = program::of_generation(name, Generation::Wasi03) == Some(Program::Handler);
        if is_handler && composition.parts.iter().any(|part| part.args.values().any(|known| *known == source)) {
            found.push(obstacle(
                name,
                "the host calls the handler, and a component of the composition as well, which is not supported",
                "instantiate the service twice in the composition: once for the host, once for that component",
            ));
        }
    }
}

/// What [`definitions`] knows by name, with the feature that it needs.
const CONSTRUCTS: [(&str, WasmFeatures); 5] = [
    (MEMORY64, WasmFeatures::CM64),
    (GC, WasmFeatures::CM_GC),
    (STACKFUL, WasmFeatures::CM_ASYNC_STACKFUL),
    (THREAD, WasmFeatures::CM_THREADING),
    (ERROR_CONTEXT, WasmFeatures::CM_ERROR_CONTEXT),
];
const MEMORY64: &str = "a 64-bit memory";
const GC: &str = "values as garbage-collected objects";
const STACKFUL: &str = "a stackful async lift";
const THREAD: &str = "a thread of the component model";
const ERROR_CONTEXT: &str = "error-context";

/// Whether `found` names what needs `feature`.
pub(crate) fn is_named(feature: WasmFeatures, found: &[Obstacle]) -> bool {
    let subject = CONSTRUCTS.iter().find(|(_, known)| *known == feature).map(|(subject, _)| *subject);
    found.iter().any(|obstacle| Some(&obstacle.subject[..]) == subject)
}

/// Whether `component` uses the async component model, on any level.
pub(crate) fn is_async(component: &Component<'_>) -> bool {
    component.items.iter().any(|item| match (&item.kind, item.def) {
        (ItemKind::Component(nested), _) => is_async(nested),
        (ItemKind::Import(_) | ItemKind::Export(_) | ItemKind::Canon(CanonicalFunction::Lift { .. }), Some(def)) => {
            types::is_async(component.validated(), def)
        }
        (ItemKind::Canon(canon), _) => is_async_canon(canon),
        _ => false,
    })
}

/// Whether only the async component model has `canon`.
fn is_async_canon(canon: &CanonicalFunction) -> bool {
    match canon {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options::is_async(options)
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        _ => true,
    }
}

/// Components in `component`, which has code of its own, that use the async component model: what they define stays as it is.
fn nested(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let ItemKind::Component(inner) = &item.kind else { continue };
        let is_async = |item: &Item<'_>| matches!(&item.kind, ItemKind::Canon(canon) if is_async_canon(canon));
        if inner.items.iter().any(is_async) {
            found.push(obstacle(
                composition::label(component, item),
                "it uses the async component model and is nested in a component with code of its own, which is not supported yet",
                "wrap the components one by one, then compose them",
            ));
        }
        nested(inner, found);
    }
}

/// Definitions that need more than an event loop, on any level: several stacks, threads, memories that R cannot address.
fn definitions(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    const CALLBACKS: &str = "build the component with a toolchain that lifts with callbacks";
    for item in &component.items {
        match &item.kind {
            ItemKind::Component(nested) => definitions(nested, found),
            ItemKind::Canon(canon) => {
                let options = options::options(canon);
                let refused = match canon {
                    _ if options::memory(options).is_some_and(|memory| is_64_bit(component, memory)) => {
                        Some((MEMORY64, "build the component for 32-bit memories"))
                    }
                    _ if options.iter().any(|option| matches!(option, CanonicalOption::Gc)) => {
                        Some((GC, "build the component for linear memories"))
                    }
                    CanonicalFunction::Lift { options, .. } if is_stackful(options) => Some((STACKFUL, CALLBACKS)),
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
                        Some((THREAD, "build the component without threads"))
                    }
                    CanonicalFunction::ErrorContextNew { .. }
                    | CanonicalFunction::ErrorContextDebugMessage { .. }
                    | CanonicalFunction::ErrorContextDrop => {
                        Some((ERROR_CONTEXT, "build the component without error-context"))
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

fn is_64_bit(component: &Component<'_>, memory: MemoryId) -> bool {
    component.validated().memory_at(memory.into()).memory64
}

fn is_stackful(options: &[CanonicalOption]) -> bool {
    options.iter().any(|option| matches!(option, CanonicalOption::Async))
        && !options.iter().any(|option| matches!(option, CanonicalOption::Callback(_)))
}

/// Interfaces of 0.3 that R does not have, and async in anybody else's.
fn imports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    let handler = Program::Handler.interface(Generation::Wasi03);
    for (def, import) in component.imports() {
        obstacles::implements(
            import.name,
            Generation::Wasi03,
            &|name| adapted::has_interface(Generation::Wasi03, name),
            found,
        );
        let name = InterfaceName::parse(import.name.name);
        let wasi03 = name.as_ref().filter(|name| name.generation() == Some(Generation::Wasi03));
        match wasi03 {
            Some(name) if adapted::has_interface(Generation::Wasi03, &name.unversioned()) => {}
            // Imported for its types, which are those of `wasi:http/types`.
            Some(name) if name.unversioned() == handler && functions_of(component, def).is_empty() => {}
            Some(name) if name.unversioned() == handler => found.push(obstacle(
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
                format!(
                    "only commands (`wasi:cli/run`), services (`wasi:http/handler`) and exports of your own interfaces can be adapted; \
                     if it is for another component, {}",
                    use_inside(export.name.name)
                ),
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
