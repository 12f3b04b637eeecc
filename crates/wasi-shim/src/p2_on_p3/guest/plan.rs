//! The plan of a rewrite, made before anything is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::{ComponentAlias, ComponentExternalKind};

use super::{Edges, Rewrite, handler, relay};
use crate::component::{Arena, Component, Id, InstanceId, ItemKind, Sort, fresh_name};
use crate::graph::composition::Part;
use crate::link::Link;
use crate::p2_on_p3::{ASYNC, CONTROL, Needs, Options};
use crate::rewrite::Pending;
use crate::rewrite::companion::Companions;
use crate::wasi::program::Program;
use crate::wasi::{HTTP_TYPES, InterfaceName, program};
use crate::{Error, Generation, wasi};

/// The imports of `part` that P satisfies: what they define, the interface, and the root's name for
/// it.
pub(crate) fn adapted_imports<'a>(part: &Part<'a>) -> HashMap<InstanceId, (InterfaceName, &'a str)> {
    let imports = part.component.imports().filter(|(def, _)| def.sort == Sort::Instance);
    let adapted = imports.filter_map(|(def, import)| {
        let root = part.args.get(import.name.name)?.root_import()?;
        let name = InterfaceName::parse(root).filter(|name| name.generation() == Some(Generation::Wasi02))?;
        Some((InstanceId::of(def), (name, root)))
    });
    adapted.collect()
}

/// Whether `part` calls functions of adapted imports that may have to wait.
pub(crate) fn waits(part: &Part<'_>) -> bool {
    let used = used_functions(&part.component);
    adapted_imports(part).iter().any(|(instance, (interface, _))| {
        let interface = interface.unversioned();
        used.get(instance).into_iter().flatten().any(|function| wasi::is_split(&interface, function))
    })
}

/// The functions that `component` takes from each instance, and uses.
pub(crate) fn used_functions<'a>(component: &Component<'a>) -> HashMap<InstanceId, BTreeSet<&'a str>> {
    let mut used: HashMap<InstanceId, BTreeSet<&'a str>> = HashMap::new();
    let live = component.live();
    for (item, _) in component.items.iter().zip(live).filter(|(_, is_live)| *is_live) {
        if let ItemKind::Alias(ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Func,
            instance_index,
            name,
        }) = &item.kind
        {
            used.entry(InstanceId(*instance_index)).or_default().insert(name);
        }
    }
    used
}

/// The name of a program in 0.3.
pub(crate) fn program_name(program: Program, wasi03: &str) -> String {
    format!("{}@{wasi03}", program.interface(Generation::Wasi03))
}

/// The names of 0.3 for the programs of a part, which may have exports of those names that are not
/// programs.
fn program_names<'a>(
    component: &Component<'_>,
    programs: &BTreeMap<&'a str, Program>,
    arena: &'a Arena,
    wasi03: &str,
) -> BTreeMap<&'a str, &'a str> {
    let names = programs.iter().map(|(old, program)| {
        let is_taken = |name: &str| component.exports().any(|export| export.name.name == name);
        let name = fresh_name(program_name(*program, wasi03), is_taken);
        (*old, arena.text(&name))
    });
    names.collect()
}

impl<'a> Rewrite<'a> {
    /// Plans the rewrite of `part`.
    pub(super) fn plan(
        part: Part<'a>,
        edges: Edges<'a>,
        arena: &'a Arena,
        options: Options<'_, 'a>,
    ) -> Result<Rewrite<'a>, Error> {
        let adapted = adapted_imports(&part);
        // A part that answers needs companions, because its caller watches for the answer beside
        // the call.
        let waits = waits(&part) || edges.answers;
        let handing_on = if edges.relays { relay::handing_on(&part) } else { HashMap::new() };
        let Part { mut component, args, .. } = part;
        let instances = adapted.iter().map(|(id, (name, _))| (*id, name.unversioned()));
        let is_service = edges.programs.values().any(|program| *program == Program::Handler);
        let private = [Some(CONTROL), is_service.then_some(handler::SERVE), edges.relays.then_some(relay::RELAY)];
        let private: Vec<&str> = private.into_iter().flatten().collect();
        let link = options.template.map(|template| Link::new(template, &mut component, instances, &private, arena));
        let link = link.transpose()?;
        let imported03 = component
            .imports()
            .filter_map(|(_, import)| InterfaceName::parse(import.name.name))
            .filter(|name| name.generation() == Some(Generation::Wasi03))
            .map(|name| name.unversioned())
            .collect();
        let used = used_functions(&component);
        let programs = program_names(&component, &edges.programs, arena, options.wasi03);
        let handler = edges.programs.iter().find(|(_, program)| **program == Program::Handler);
        let requests = handler.and_then(|(export, _)| {
            let types = adapted.iter().filter(|(_, (name, _))| name.unversioned() == HTTP_TYPES);
            program::types_of_requests(&component, export, types.map(|(id, _)| *id), "incoming-request")
        });
        let mut rewrite = Rewrite {
            component,
            args,
            edges,
            waits,
            arena,
            wasi03: options.wasi03.to_string(),
            reuse_instance: options.reuse_instance,
            programs,
            out: Vec::new(),
            pending: if link.is_some() { Pending::placed() } else { Pending::default() },
            adapted,
            used,
            same: HashMap::new(),
            split_types: HashMap::new(),
            split: HashMap::new(),
            offering: HashMap::new(),
            called: HashMap::new(),
            companions: Companions::none(&ASYNC),
            apart: HashMap::new(),
            controls: None,
            handler: None,
            requests,
            sets: HashSet::new(),
            set_lowerings: Vec::new(),
            handing_on,
            scatter: None,
            bulk: HashMap::new(),
            imported03,
            needs: Needs::default(),
            link,
            private: HashMap::new(),
        };
        rewrite.take_sets();
        Ok(rewrite)
    }
}
