//! What stands in the way of adapting a component to 0.3.

use std::collections::HashSet;

use wasmparser::{CanonicalFunction, CanonicalOption, ComponentAlias};

use super::guest::{adapted_imports, used_functions};
use super::handler;
use crate::adapter;
use crate::component::{Component, ItemKind, Sort};
use crate::composition::{Composition, Origin, Part};
use crate::error::Obstacle;
use crate::obstacles::{self, Away, obstacle, provide};
use crate::program::{self, Program};
use crate::wasi::{self, Generation, InterfaceName};

/// The composition that `root` is, if nothing stands in the way of adapting it.
///
/// # Errors
///
/// Everything that stands in the way, in the order of the component.
pub(crate) fn composition<'a>(root: &Component<'a>) -> Result<Composition<'a>, Vec<Obstacle>> {
    let mut found = Vec::new();
    imports(root, &mut found);
    obstacles::owned_resources(root, Generation::Wasi02, &adapter::p2_on_p3::has_interface, &mut found);
    exports(root, &mut found);
    let (composition, unclear) = Composition::of(root);
    found.extend(unclear);
    let away = Away {
        generation: Generation::Wasi02,
        adapted: &|part| adapted_imports(part).into_iter().map(|(id, (_, root))| (id, root)).collect(),
        splits: &|_, _, interface, function| wasi::is_split(interface, function),
        types: (handler::TYPES, "incoming-request"),
    };
    obstacles::parts(&composition, &away, &mut found);
    let services = services(&composition);
    answers(&composition, &services, &mut found);
    for (at, part) in composition.parts.iter().enumerate() {
        if services.contains(&Origin::Part(at)) {
            answers_from_several(part, &mut found);
        }
    }
    if found.is_empty() { Ok(composition) } else { Err(found) }
}

/// The parts that the host gives requests to.
fn services(composition: &Composition<'_>) -> Vec<Origin> {
    let exports = composition.kept();
    let services =
        exports.iter().filter(|(name, _)| program::of_generation(name, Generation::Wasi02) == Some(Program::Handler));
    services.map(|(_, source)| source.origin).collect()
}

/// The function of `part`, a service, that answers requests, lowered for several memories or encodings.
fn answers_from_several(part: &Part<'_>, found: &mut Vec<Obstacle>) {
    let adapted = adapted_imports(part);
    let mut functions = HashSet::new();
    let mut answers: Vec<Vec<CanonicalOption>> = Vec::new();
    for item in &part.component.items {
        match (&item.kind, item.def) {
            (ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }), Some(def))
                if def.sort == Sort::Func && *name == handler::SET =>
            {
                let interface = adapted.get(instance_index).map(|(interface, _)| interface.unversioned());
                functions.extend(interface.filter(|name| name == handler::TYPES).map(|_| def.id));
            }
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), _)
                if functions.contains(func_index) =>
            {
                let mut options = handler::answer_options(&part.component, options);
                options.retain(|option| *option != CanonicalOption::UTF8);
                options.sort_by_key(|option| matches!(option, CanonicalOption::Memory(_)));
                answers.push(options);
            }
            _ => {}
        }
    }
    if answers.iter().any(|options| *options != answers[0]) {
        found.push(obstacle(
            format!("{}#{}", handler::TYPES, handler::SET),
            format!(
                "{} lowers it for several memories or encodings, and a task of WASI 0.3 has one of each",
                part.label
            ),
            "let one core module of the component answer requests",
        ));
    }
}

/// Interfaces of 0.2 that P does not have.
fn imports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for (def, import) in component.imports() {
        let Some(name) = InterfaceName::parse(import.name.name) else { continue };
        let is_adapted = name.generation() == Some(Generation::Wasi02) && def.sort == Sort::Instance;
        if is_adapted && !adapter::p2_on_p3::has_interface(&name.unversioned()) {
            found.push(obstacle(
                import.name.name,
                "there is no adapter for this interface of WASI 0.2",
                provide(import.name.name),
            ));
        }
    }
}

/// Exports of 0.2 interfaces that have no counterpart.
fn exports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let ItemKind::Export(export) = &item.kind else { continue };
        let name = InterfaceName::parse(export.name.name);
        let is_wasi02 = name.is_some_and(|name| name.generation() == Some(Generation::Wasi02));
        if is_wasi02 && program::role(export.name.name).is_none() {
            found.push(obstacle(
                export.name.name,
                "there is no adapter for this export of WASI 0.2",
                "only commands (`wasi:cli/run`), services (`wasi:http/incoming-handler`) and exports of your own \
                 interfaces can be adapted",
            ));
        }
    }
}

/// Parts that answer requests which the host gives to another one: a task of 0.3 returns its own response.
fn answers(composition: &Composition<'_>, services: &[Origin], found: &mut Vec<Obstacle>) {
    for (at, part) in composition.parts.iter().enumerate() {
        if services.is_empty() || services.contains(&Origin::Part(at)) {
            continue;
        }
        let used = used_functions(&part.component);
        let answers = adapted_imports(part).into_iter().any(|(id, (name, _))| {
            name.unversioned() == handler::TYPES && used.get(&id).is_some_and(|used| used.contains(handler::SET))
        });
        if answers {
            found.push(obstacle(
                part.label.clone(),
                "it answers requests that are handed to it by the component which the host calls, and in WASI 0.3 that one has \
                 to answer",
                "leave out the component before it, or build that as a middleware of WASI 0.3",
            ));
        }
    }
}
