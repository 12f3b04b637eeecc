//! The plan of a rewrite, made before anything is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::{ComponentAlias, ComponentExternalKind};

use super::{Edges, Rewrite, handler, relay};
use crate::component::{Arena, Component, ItemKind, Sort};
use crate::graph::composition::Part;
use crate::link::Link;

use crate::p2_on_p3::{ASYNC, CONTROL, Choices, Needs};
use crate::rewrite::Pending;
use crate::rewrite::twin::Twins;
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};
use crate::{Error, Generation, wasi};

/// The imports of `part` that P satisfies: what they define, the interface, and the root's name for it.
pub(crate) fn adapted_imports<'a>(part: &Part<'a>) -> HashMap<u32, (InterfaceName, &'a str)> {
    let imports = part.component.imports().filter(|(def, _)| def.sort == Sort::Instance);
    let adapted = imports.filter_map(|(def, import)| {
        let root = part.args.get(import.name.name)?.root_import()?;
        let name = InterfaceName::parse(root).filter(|name| name.generation() == Some(Generation::Wasi02))?;
        Some((def.id, (name, root)))
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
pub(crate) fn used_functions<'a>(component: &Component<'a>) -> HashMap<u32, BTreeSet<&'a str>> {
    let mut used: HashMap<u32, BTreeSet<&'a str>> = HashMap::new();
    let live = component.live();
    for (item, _) in component.items.iter().zip(live).filter(|(_, is_live)| *is_live) {
        if let ItemKind::Alias(ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Func,
            instance_index,
            name,
        }) = &item.kind
        {
            used.entry(*instance_index).or_default().insert(name);
        }
    }
    used
}

/// The name of a program in 0.3.
pub(crate) fn program_name(program: Program, wasi03: &str) -> String {
    format!("{}@{wasi03}", program.interface(Generation::Wasi03))
}

/// The names of 0.3 for the programs of a part, which may have exports of those names that are not programs.
fn program_names<'a>(
    component: &Component<'_>,
    programs: &BTreeMap<&'a str, Program>,
    arena: &'a Arena,
    wasi03: &str,
) -> BTreeMap<&'a str, &'a str> {
    let names = programs.iter().map(|(old, program)| {
        let mut name = program_name(*program, wasi03);
        while component.exports().any(|export| export.name.name == name) {
            name = name.replacen('@', "-x@", 1);
        }
        (*old, arena.text(&name))
    });
    names.collect()
}

impl<'a> Rewrite<'a> {
    /// What the rewrite of `part` takes.
    pub(super) fn plan(
        part: Part<'a>,
        edges: Edges<'a>,
        arena: &'a Arena,
        choices: Choices<'_, 'a>,
    ) -> Result<Rewrite<'a>, Error> {
        let adapted = adapted_imports(&part);
        // Its caller watches for the answer beside the call, and so has to call a twin.
        let waits = waits(&part) || edges.answers;
        let handing_on = if edges.relays { relay::handing_on(&part) } else { HashMap::new() };
        let Part { mut component, args, .. } = part;
        let instances = adapted.iter().map(|(id, (name, _))| (*id, name.unversioned()));
        let is_service = edges.programs.values().any(|program| *program == Program::Handler);
        let private = [Some(CONTROL), is_service.then_some(handler::SERVE), edges.relays.then_some(relay::RELAY)];
        let private: Vec<&str> = private.into_iter().flatten().collect();
        let link = choices.template.map(|template| Link::new(template, &mut component, instances, &private, arena));
        let link = link.transpose()?;
        let imported03 = component
            .imports()
            .filter_map(|(_, import)| InterfaceName::parse(import.name.name))
            .filter(|name| name.generation() == Some(Generation::Wasi03))
            .map(|name| name.unversioned())
            .collect();
        let used = used_functions(&component);
        let programs = program_names(&component, &edges.programs, arena, choices.wasi03);
        let handler = edges.programs.iter().find(|(_, program)| **program == Program::Handler);
        let requests = handler.and_then(|(export, _)| {
            let types = adapted.iter().filter(|(_, (name, _))| name.unversioned() == handler::TYPES);
            program::types_of_requests(&component, export, types.map(|(id, _)| *id), "incoming-request")
        });
        let mut rewrite = Rewrite {
            component,
            args,
            edges,
            waits,
            arena,
            wasi03: choices.wasi03.to_string(),
            reuse_instance: choices.reuse_instance,
            programs,
            out: Vec::new(),
            pending: if link.is_some() { Pending::placed() } else { Pending::default() },
            adapted,
            used,
            same: HashMap::new(),
            shapes: HashMap::new(),
            split: HashMap::new(),
            offering: HashMap::new(),
            called: HashMap::new(),
            twins: Twins::none(&ASYNC),
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
