//! The plan of a rewrite, made before anything is changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind};

use super::lower::forms;
use super::{Edges, Exchanging, Place, Rewrite, Tasks, handler};
use crate::component::options::{memory, options, realloc};
use crate::component::{
    Arena, CoreFuncId, CoreInstanceId, FuncId, Id, InstanceId, ItemKind, MemoryId, Sort, TypeId, fresh_name,
};
use crate::graph::composition::{Origin, Part, Source};
use crate::link::{Link, Template};
use crate::p3_on_p2::numbers::PartNumber;
use crate::p3_on_p2::payload::{Payload, Transfer, copied, payload_of};
use crate::p3_on_p2::trampoline::{Door, Task};
use crate::p3_on_p2::{CONTROL, Needs};
use crate::rewrite::{Pending, lifts};
use crate::wasi::program::Program;
use crate::wasi::{HTTP_TYPES, InterfaceName, program};
use crate::{Error, Generation};

/// The imports of `part` that R satisfies, and their interfaces.
pub(crate) fn adapted_imports(part: &Part<'_>) -> HashMap<InstanceId, InterfaceName> {
    let imports = part.component.imports().filter(|(def, _)| def.sort == Sort::Instance);
    let adapted = imports.filter_map(|(def, import)| {
        let name = InterfaceName::parse(part.args.get(import.name.name)?.root_import()?)?;
        (name.generation() == Some(Generation::Wasi03)).then_some((InstanceId::of(def), name))
    });
    adapted.collect()
}

/// The same imports, with the root's names for them.
pub(crate) fn adapted_imports_by_root<'a>(part: &Part<'a>) -> HashMap<InstanceId, &'a str> {
    let adapted = adapted_imports(part);
    let imports = part
        .component
        .imports()
        .filter(|(def, _)| InstanceId::try_of(*def).is_some_and(|instance| adapted.contains_key(&instance)));
    imports
        .filter_map(|(def, import)| Some((InstanceId::of(def), part.args.get(import.name.name)?.root_import()?)))
        .collect()
}

impl<'a> Rewrite<'a> {
    /// Plans the rewrite of `part`.
    pub fn plan(
        part: Part<'a>,
        edges: Edges<'a>,
        tasks: Tasks<'a>,
        mut exchanging: Exchanging<'a>,
        place: Place,
        template: Option<Rc<Template<'a>>>,
        arena: &'a Arena,
    ) -> Result<Rewrite<'a>, Error> {
        let adapted = adapted_imports(&part);
        let Part { mut component, args, .. } = part;
        let mut needs = Needs::default();
        for (id, name) in &adapted {
            needs.interfaces.entry(name.unversioned()).or_default();
            let import = component.imports().find(|(def, _)| *def == (*id).into());
            let root = import.and_then(|(_, import)| args.get(import.name.name)?.root_import());
            needs.imports.extend(root.map(String::from));
        }
        let exposed = lifts::lifts(&component, &|name| edges.exposed.contains(name));
        let is_command = |name: &str| edges.programs.get(name) == Some(&Program::Run);
        let commands = lifts::lifts(&component, &is_command);
        let handlers = lifts::lifts(&component, &|name| edges.programs.get(name) == Some(&Program::Handler));
        let handlers = handlers.into_iter().map(|def| (def, handler::response_of(&component, def))).collect();
        let handler = edges.programs.iter().find(|(_, program)| **program == Program::Handler);
        let requests = handler.and_then(|(export, _)| {
            let types = adapted.iter().filter(|(_, name)| name.unversioned() == HTTP_TYPES);
            program::types_of_requests(&component, export, types.map(|(id, _)| *id), "request")
        });
        let mut functions = HashMap::new();
        let mut payloads = HashMap::new();
        let names: HashMap<InstanceId, String> = adapted.iter().map(|(id, name)| (*id, name.unversioned())).collect();
        for item in &component.items {
            match (&item.kind, item.def) {
                (
                    ItemKind::Alias(ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Func,
                        instance_index,
                        name,
                    }),
                    Some(def),
                ) if adapted.contains_key(&InstanceId(*instance_index)) => {
                    functions.insert(FuncId::of(def), (InstanceId(*instance_index), *name));
                }
                (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), _) => {
                    if let Some((instance, name)) = functions.get(&FuncId(*func_index)) {
                        let entry = needs.interfaces.entry(adapted[instance].unversioned()).or_default();
                        for form in forms(&component, FuncId(*func_index), options)? {
                            entry.insert((name.to_string(), form));
                        }
                    }
                }
                (ItemKind::Canon(canon), _) => {
                    let Some((ty, transfer)) = copied(canon) else { continue };
                    let payload = Payload::of(&component, ty, &names);
                    if let (Payload::Typed(typed), Some(Some(value))) =
                        (&payload, payload_of(component.validated(), ty))
                    {
                        place.numbers.is_typed(place.index, component.validated(), value, *typed);
                    }
                    if let Payload::Typed(typed) = &payload {
                        let transfer = transfer.filter(|transfer| typed.function(*transfer).is_some());
                        needs.typed.extend(transfer.map(|transfer| (*typed, transfer)));
                    }
                    // Values with handles that nobody has read are taken before the end is dropped.
                    let drops = matches!(
                        canon,
                        CanonicalFunction::StreamDropReadable { .. } | CanonicalFunction::FutureDropReadable { .. }
                    );
                    let takes = drops && exchanging.with_handles(component.validated(), ty).is_some();
                    let transfer = transfer.or(takes.then_some(Transfer::Take));
                    needs.carried.extend(transfer.and_then(|transfer| Some((exchanging.number(ty)?, transfer))));
                    payloads.insert(ty, payload);
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
        // Adapters of wasip1 have a realloc of this name, which allocates only while they call an
        // import.
        let for_imports: HashSet<CoreFuncId> = component
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Alias(ComponentAlias::CoreInstanceExport { name: "cabi_import_realloc", .. }) => item.def,
                _ => None,
            })
            .filter_map(CoreFuncId::try_of)
            .collect();
        let mut allocates: Vec<(MemoryId, CoreFuncId)> = Vec::new();
        for options in canons().map(options) {
            let realloc = realloc(options).filter(|realloc| !for_imports.contains(realloc));
            let (Some(memory), Some(realloc)) = (memory(options), realloc) else { continue };
            let memory = component.first_alias(memory);
            if !allocates.iter().any(|(known, _)| *known == memory) {
                allocates.push((memory, realloc));
            }
        }
        let sets_context = canons().any(|canon| matches!(canon, CanonicalFunction::ContextSet { .. }));
        let writes =
            |canon| matches!(canon, &CanonicalFunction::StreamWrite { .. } | &CanonicalFunction::FutureWrite { .. });
        let reads = canons().any(|canon| match canon {
            CanonicalFunction::StreamRead { ty, .. } | CanonicalFunction::FutureRead { ty, .. } => {
                exchanging.number(TypeId(*ty)).is_some() || matches!(payloads[&TypeId(*ty)], Payload::Number(_))
            }
            _ => false,
        });
        let reads = reads && (place.part != PartNumber::NONE || canons().any(writes));
        let late_aliases = component.items.iter().filter_map(|item| match (&item.kind, item.def?) {
            (ItemKind::Alias(alias @ ComponentAlias::CoreInstanceExport { instance_index, .. }), def) => {
                Some((CoreFuncId::try_of(def)?, (CoreInstanceId(*instance_index), alias.clone())))
            }
            _ => None,
        });
        let late_aliases = late_aliases.collect();
        let (mut first_aliases, mut firsts) = (HashMap::new(), HashMap::new());
        for item in &component.items {
            let (ItemKind::Alias(ComponentAlias::CoreInstanceExport { instance_index, name, .. }), Some(def)) =
                (&item.kind, item.def)
            else {
                continue;
            };
            first_aliases.insert(def, *firsts.entry((*instance_index, *name)).or_insert(def));
        }
        let is_taken = |name: &str| component.imports().any(|(_, import)| import.name.name == name);
        let control_name = arena.text(&fresh_name(CONTROL, is_taken));
        let mut args = args;
        if control_name != CONTROL {
            args.insert(control_name, Source { origin: Origin::Root, path: vec![CONTROL] });
        }
        args.extend(exchanging.name_imports(&component, arena));
        needs.kept.extend(exchanging.kept());
        let mut fresh = || component.fresh();
        let task = Task {
            sets_context,
            context_get: [fresh(), fresh()],
            context_set: [fresh(), fresh()],
            leave: fresh(),
            swap: fresh(),
            deliver: fresh(),
            begin: fresh(),
            set_result: fresh(),
            end: fresh(),
            has_returned: fresh(),
            stash: fresh(),
            fetch: fresh(),
            set_caller: fresh(),
            caller: fresh(),
            fill: fresh(),
            subtask_cancel: fresh(),
            enter: fresh(),
            context: fresh(),
            task_cancel: fresh(),
            table: component.fresh(),
        };
        let instances = adapted.iter().map(|(id, name)| (*id, name.unversioned()));
        let private = [Some(CONTROL), handler.map(|_| handler::SERVE)];
        let private: Vec<&str> = private.into_iter().flatten().collect();
        let link =
            template.map(|template| Link::new(template, &mut component, instances, &private, arena)).transpose()?;
        Ok(Rewrite {
            component,
            arena,
            args,
            edges,
            programs: BTreeMap::new(),
            control_name,
            exposed,
            commands,
            handlers,
            handler: None,
            requests,
            wasi02: String::new(),
            drains: false,
            out: Vec::new(),
            pending: if link.is_some() { Pending::placed() } else { Pending::default() },
            adapted,
            functions,
            forms: HashMap::new(),
            payloads,
            exchanging,
            task,
            tasks,
            slots: 1,
            control: None,
            lowered: HashMap::new(),
            scatter: HashMap::new(),
            in_place: HashMap::new(),
            results: Vec::new(),
            allocates,
            first_aliases,
            late_aliases,
            reallocs: HashMap::new(),
            reads,
            index: place.index,
            part: place.part,
            door: Door::default(),
            door_items: Vec::new(),
            door_at: 0,
            numbers: place.numbers,
            lent: Vec::new(),
            disarms: HashMap::new(),
            lenders: HashMap::new(),
            returns: Vec::new(),
            needs,
            link,
            private: HashMap::new(),
        })
    }
}
