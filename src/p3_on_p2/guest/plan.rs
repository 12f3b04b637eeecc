//! What a rewrite takes, found before anything is changed.

use super::lower::forms;
use super::options::{memory, options, realloc};
use super::{Needs, Rewrite};
use crate::component::{Arena, Component, ItemKind, Sort};
use crate::p3_on_p2::interface::CONTROL;
use crate::p3_on_p2::origin::Adapted;
use crate::p3_on_p2::payload::Payload;
use crate::p3_on_p2::trampoline::Task;
use crate::p3_on_p2::{origin, parts};
use crate::substitute::Pending;
use crate::wasi::Generation;
use crate::{Error, program};
use std::collections::HashMap;
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind};

/// Which exports the host sees, by name, and which of those are a command's.
pub(super) struct Seen<'s> {
    pub exports: &'s dyn Fn(&str) -> bool,
    pub commands: &'s dyn Fn(&str) -> bool,
}

impl<'a> Rewrite<'a> {
    /// What the rewrite of `component` takes. R satisfies the imports that are `adapted`; the host sees the exports
    /// that are `seen`.
    pub(super) fn plan(
        mut component: Component<'a>,
        arena: &'a Arena,
        adapted: Adapted,
        seen: &Seen<'_>,
    ) -> Result<Rewrite<'a>, Error> {
        let mut needs = Needs::default();
        for name in adapted.values() {
            needs.interfaces.entry(name.unversioned()).or_default();
        }
        let exposed = parts::exposed(&component, seen.exports);
        let commands = parts::exposed(&component, seen.commands);
        let mut parts = HashMap::new();
        for id in parts::parts(&component) {
            let part = component.take_part(id);
            let adapted = origin::of_part(&component, &adapted, id, &part).map_err(|import| {
                Error::unsupported(format!("a component whose import `{import}` is given different things"))
            })?;
            let seen = |exposed: &parts::Exposed, name: &str| {
                exposed.of_parts.get(&id).is_some_and(|names| names.contains(name))
            };
            let seen = Seen { exports: &|name| seen(&exposed, name), commands: &|name| seen(&commands, name) };
            let part = Rewrite::plan(part, arena, adapted, &seen)?;
            needs.include(&part.needs);
            parts.insert(id, part);
        }
        let mut functions = HashMap::new();
        let mut payloads = HashMap::new();
        let names: HashMap<u32, String> = adapted.iter().map(|(id, name)| (*id, name.unversioned())).collect();
        for item in &component.items {
            match (&item.kind, item.def) {
                (
                    ItemKind::Alias(ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Func,
                        instance_index,
                        name,
                    }),
                    Some(def),
                ) if adapted.contains_key(instance_index) => {
                    functions.insert(def.id, (*instance_index, *name));
                }
                (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), _) => {
                    if let Some((instance, name)) = functions.get(func_index) {
                        let entry = needs.interfaces.entry(adapted[instance].unversioned()).or_default();
                        for form in forms(&component, *func_index, options)? {
                            entry.insert((name.to_string(), form));
                        }
                    }
                }
                (
                    ItemKind::Canon(
                        CanonicalFunction::StreamNew { ty }
                        | CanonicalFunction::FutureNew { ty }
                        | CanonicalFunction::StreamWrite { ty, .. }
                        | CanonicalFunction::FutureWrite { ty, .. }
                        | CanonicalFunction::StreamRead { ty, .. }
                        | CanonicalFunction::FutureRead { ty, .. },
                    ),
                    _,
                ) => {
                    let interface = |instance: u32| names.get(&instance).map(String::as_str);
                    let payload = Payload::of(&component, *ty, &interface);
                    if let (Payload::Typed(typed), ItemKind::Canon(canon)) = (&payload, &item.kind)
                        && matches!(canon, CanonicalFunction::StreamRead { .. } | CanonicalFunction::FutureRead { .. })
                    {
                        needs.typed.insert(*typed);
                    }
                    payloads.insert(*ty, payload);
                }
                _ => {}
            }
        }
        let canons = || {
            component.items.iter().filter_map(|item| match &item.kind {
                ItemKind::Canon(canon) => Some(canon),
                _ => None,
            })
        };
        let allocates = canons().find_map(|canon| {
            let options = options(canon);
            Some((memory(options)?, realloc(options)?))
        });
        let sets_context = canons().any(|canon| matches!(canon, CanonicalFunction::ContextSet { .. }));
        let late_aliases = component.items.iter().filter_map(|item| match (&item.kind, item.def?) {
            (ItemKind::Alias(alias @ ComponentAlias::CoreInstanceExport { instance_index, .. }), def)
                if def.sort == Sort::CoreFunc =>
            {
                Some((def.id, (*instance_index, alias.clone())))
            }
            _ => None,
        });
        let late_aliases = late_aliases.collect();
        let mut control_name = CONTROL.to_string();
        while component.imports().any(|(_, import)| import.name.name == control_name) {
            control_name += "-x";
        }
        let control_name = arena.text(&control_name);
        let programs03 = component
            .exports()
            .filter_map(|export| program::of_generation(export.name.name, Generation::Wasi03))
            .collect();
        let mut fresh = || component.fresh(Sort::CoreFunc);
        let task = Task {
            context_get: [fresh(), fresh()],
            context_set: [fresh(), fresh()],
            deliver: fresh(),
            begin: fresh(),
            set_result: fresh(),
            end: fresh(),
            has_returned: fresh(),
            stash: fresh(),
            fetch: fresh(),
            stream_cancel_read: fresh(),
            future_cancel_read: fresh(),
            subtask_cancel: fresh(),
            table: 0,
        };
        let task = Task { table: component.fresh(Sort::CoreTable), ..task };
        Ok(Rewrite {
            component,
            arena,
            root: None,
            parts,
            part_controls: HashMap::new(),
            control_name,
            exposed: exposed.lifts,
            commands: commands.lifts,
            drains: false,
            out: Vec::new(),
            pending: Pending::default(),
            adapted,
            functions,
            forms: HashMap::new(),
            payloads,
            task,
            kinds: 1,
            control: None,
            lowered: HashMap::new(),
            scatter: HashMap::new(),
            results: None,
            allocates,
            late_aliases,
            sets_context,
            programs03,
            needs,
        })
    }
}
