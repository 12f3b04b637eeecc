//! The reasons why a component cannot be adapted to 0.2: one scan over all nesting levels.

use semver::Version;
use wasmparser::{CanonicalFunction, CanonicalOption, WasmFeatures};

use super::exchange::Exchange;
use super::guest;
use super::payload::{Payload, Typed, copied};
use crate::Generation;
use crate::component::types::ById;
use crate::component::{Component, Item, ItemKind, MemoryId, functions_of, options, types};
use crate::diagnose::obstacles::Adaptation;
use crate::diagnose::{obstacles, private};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Part};
use crate::graph::{composition, patch};
use crate::report::reasons::{self, Reason};
use crate::wasi::program::Program;
use crate::wasi::{HTTP_TYPES, InterfaceName, program, table, versions};

/// The composition that `root` is, if nothing stands in the way of adapting it; to that `version`,
/// if one is asked for.
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
    Generation::ALL.into_iter().for_each(|generation| obstacles::programs(root, generation, &mut found));
    // A subject with an obstacle already (because it uses streams as well) gets no second one.
    let mut owned = Vec::new();
    obstacles::owned_resources(
        root,
        Generation::Wasi03,
        &|name| table::is_adapted(Generation::Wasi03, name),
        &mut owned,
    );
    owned.retain(|obstacle| !found.iter().any(|known| known.subject == obstacle.subject));
    found.extend(owned);
    let (composition, unclear) = Composition::of(root);
    let is_clear = unclear.is_empty();
    found.extend(unclear);
    let adaptation = Adaptation {
        generation: Generation::Wasi03,
        adapted: &guest::adapted_imports_by_root,
        splits: &|part, function, _, _| {
            let types = part.component.validated();
            types.func(function).async_
        },
        types: (HTTP_TYPES, "request"),
    };
    obstacles::parts(&composition, &adaptation, &mut found);
    composition.parts.iter().for_each(|part| nameless_payloads(part, &mut found));
    composition.parts.iter().for_each(|part| nested(&part.component, &mut found));
    twofold_handlers(&composition, &mut found);
    if is_clear {
        // The exchange has to know where every resource comes from.
        found.extend(Exchange::of(&composition.parts).err().into_iter().flatten());
    }
    found.extend(version.map(|version| patch::obstacles(root, &composition, version)).into_iter().flatten());
    if found.is_empty() { Ok(composition) } else { Err(found) }
}

/// Imports that lack the named types with which R's functions for values are typed.
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
        let values = [("part", &part.label[..]), ("names", &typed.part_names())];
        found.push(reasons::NAMELESS_PAYLOAD.of(typed.interface(), &values));
    }
}

/// Services that both the host and another part call, although a task's result can go to only one
/// of them.
fn twofold_handlers(composition: &Composition<'_>, found: &mut Vec<Obstacle>) {
    for (name, source) in composition.kept() {
        let is_handler = program::of_generation(name, Generation::Wasi03) == Some(Program::Handler);
        if is_handler && composition.parts.iter().any(|part| part.args.values().any(|known| *known == source)) {
            found.push(reasons::HANDLER_WITH_TWO_CALLERS.of(name, &[]));
        }
    }
}

/// The constructs that [`definitions`] refuses by name, each with the feature that it needs.
const CONSTRUCTS: [(Reason, WasmFeatures); 5] = [
    (reasons::MEMORY64, WasmFeatures::CM64),
    (reasons::GC_VALUES, WasmFeatures::CM_GC),
    (reasons::STACKFUL_LIFT, WasmFeatures::CM_ASYNC_STACKFUL),
    (reasons::COMPONENT_THREAD, WasmFeatures::CM_THREADING),
    (reasons::ERROR_CONTEXT, WasmFeatures::CM_ERROR_CONTEXT),
];

/// Whether `found` names what needs `feature`.
pub(crate) fn is_named(feature: WasmFeatures, found: &[Obstacle]) -> bool {
    let code = CONSTRUCTS.iter().find(|(_, known)| *known == feature).map(|(reason, _)| reason.code);
    found.iter().any(|obstacle| Some(obstacle.code) == code)
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

/// Components nested in `component` (which has code of its own) that use the async component model:
/// the rewrite leaves their definitions as they are.
fn nested(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let ItemKind::Component(inner) = &item.kind else { continue };
        let is_async = |item: &Item<'_>| matches!(&item.kind, ItemKind::Canon(canon) if is_async_canon(canon));
        if inner.items.iter().any(is_async) {
            found.push(reasons::ASYNC_BESIDE_CODE.of(composition::label(component, item), &[]));
        }
        nested(inner, found);
    }
}

/// Definitions, on any level, that need more than an event loop: several stacks, threads, memories
/// that R cannot address.
fn definitions(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        match &item.kind {
            ItemKind::Component(nested) => definitions(nested, found),
            ItemKind::Canon(canon) => {
                let options = options::options(canon);
                let refused = match canon {
                    _ if options::memory(options).is_some_and(|memory| is_64_bit(component, memory)) => {
                        Some(reasons::MEMORY64)
                    }
                    _ if options.iter().any(|option| matches!(option, CanonicalOption::Gc)) => Some(reasons::GC_VALUES),
                    CanonicalFunction::Lift { options, .. } if is_stackful(options) => Some(reasons::STACKFUL_LIFT),
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
                    | CanonicalFunction::ThreadYieldThenPromote { .. } => Some(reasons::COMPONENT_THREAD),
                    CanonicalFunction::ErrorContextNew { .. }
                    | CanonicalFunction::ErrorContextDebugMessage { .. }
                    | CanonicalFunction::ErrorContextDrop => Some(reasons::ERROR_CONTEXT),
                    _ => None,
                };
                let new = refused.map(|reason| reason.itself());
                found.extend(new.filter(|new| !found.contains(new)));
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

/// Imports of 0.3 that R does not have, and async imports that are not WASI's.
fn imports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    let handler = Program::Handler.interface(Generation::Wasi03);
    for (def, import) in component.imports() {
        obstacles::implements(
            import.name,
            Generation::Wasi03,
            &|name| table::is_adapted(Generation::Wasi03, name),
            found,
        );
        let name = InterfaceName::parse(import.name.name);
        let wasi03 = name.as_ref().filter(|name| name.generation() == Some(Generation::Wasi03));
        match wasi03 {
            Some(name) if table::is_adapted(Generation::Wasi03, &name.unversioned()) => {}
            // Imported for its types, which are those of `wasi:http/types`.
            Some(name) if name.unversioned() == handler && functions_of(component, def).is_empty() => {}
            Some(name) if name.unversioned() == handler => {
                found.push(reasons::NOTHING_BEHIND_MIDDLEWARE.of(import.name.name, &[]));
            }
            Some(_) => {
                let latest = versions::latest(Generation::Wasi03).to_string();
                found.push(reasons::NO_ADAPTER_FOR_IMPORT_OF_03.of(import.name.name, &[("latest", &latest)]));
            }
            None if types::is_async(component.validated(), def) => {
                found.push(reasons::ASYNC_IMPORT.of(import.name.name, &[]));
            }
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
            found.push(reasons::NO_ADAPTER_FOR_EXPORT_OF_03.of(export.name.name, &[]));
        } else if types::carries_streams(component.validated(), def) {
            found.push(reasons::STREAMS_IN_EXPORT.of(export.name.name, &[]));
        }
    }
}
