//! The direction *p2-on-p3*: a component that uses WASI 0.2 is prepared for a host that has only
//! 0.3.
//!
//! The guest is a composition of one part or several ([`crate::graph::composition`]); each is
//! rewritten on its own. Adapter P satisfies the imports of 0.2, with one difference: split
//! functions ([`interface`]) are imported as `start-…`/`finish-…`, and trampolines ([`trampoline`])
//! that wait in between replace their lowered core functions. Because the trampolines wait, the
//! export that runs the program becomes async, and calls between parts become so by companions
//! ([`ASYNC`]).

pub(crate) mod adapter;
mod async_exports;
mod control;
mod guest;
mod interface;
mod needs;
mod obstacles;
mod services;
mod trampoline;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

pub(crate) use control::Control;
use guest::Edges;
pub(crate) use guest::{RELAY, SERVE};
pub(crate) use interface::{CONTROL, Form};
pub(crate) use needs::Needs;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentItem, ResourceId};
use wasmparser::{CanonicalFunction, ComponentFuncType, ComponentType};

use crate::adapter::template;
use crate::component::types::ById;
use crate::component::{Arena, Component, Id, InstanceId, ItemKind, Sort, types};
use crate::direction::{Adapted, Direction, own_exports};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Part, Source};
use crate::graph::root;
use crate::link::Template;
use crate::report::notes::{self, Note, note};
use crate::rewrite::companion;
use crate::rewrite::companion::Offer;
use crate::wasi::{HTTP_TYPES, InterfaceName, program, table, versions};
use crate::{Error, Generation, foreign, link};

/// Companions of functions that may wait: the same core function, lifted with the async type.
///
/// The caller's trampoline calls the companion while one of its async exports runs, and the
/// function itself otherwise (in instantiation, for example), where a companion would trap: an
/// async function must not be called by a task that is not async. So the callee always knows how it
/// may wait: the function runs *apart* ([`trampoline::Apart`]) and waits by `wait-now`; the
/// companion is an async export and waits by `wait`.
const ASYNC: companion::Kind = companion::Kind {
    prefix: "async",
    is_static: false,
    ty: |ty| (!ty.async_).then(|| ComponentFuncType { async_: true, ..ty.clone() }),
};

/// Towards hosts of 0.3.
pub(crate) struct ToWasi03 {
    /// The version under which 0.3 is imported and exported.
    wasi03: String,
    /// Whether an instance of a service takes another request after it has finished one.
    reuse_instance: bool,
    /// Whether the component's own exports (not WASI's) become async.
    async_exports: bool,
}

impl ToWasi03 {
    /// For a component that uses the interfaces `names`; the highest version of 0.3 among them is
    /// used.
    pub fn new(names: &[InterfaceName], reuse_instance: bool, async_exports: bool) -> ToWasi03 {
        let wasi03 = names.iter().filter(|name| name.generation() == Some(Generation::Wasi03));
        let wasi03 = wasi03.map(|name| &name.version).max();
        let wasi03 = wasi03.cloned().unwrap_or(versions::first(Generation::Wasi03)).to_string();
        ToWasi03 { wasi03, reuse_instance, async_exports }
    }
}

impl Direction for ToWasi03 {
    const TARGET: Generation = Generation::Wasi03;

    fn composition<'a>(&self, root: &Component<'a>, _: &'a Arena) -> Result<Composition<'a>, Vec<Obstacle>> {
        obstacles::composition(root)
    }

    fn unlinkable(&self, root: &Component<'_>, composition: &Composition<'_>) -> Option<String> {
        let needs_task = || needs_task(root, composition).filter(|_| !self.async_exports);
        built_in_with_resource(composition).or_else(needs_task)
    }

    fn template<'a>(&self) -> Result<Template<'a>, Error> {
        Template::of(template::P, adapter::MODULE)
    }

    fn adapt<'a>(
        &self,
        root: &Component<'a>,
        composition: Composition<'a>,
        arena: &'a Arena,
        template: Option<Rc<Template<'a>>>,
    ) -> Result<Adapted<'a>, Error> {
        let is_linked = template.is_some();
        let options = Options {
            wasi03: &self.wasi03,
            reuse_instance: self.reuse_instance,
            async_exports: self.async_exports,
            template,
        };
        let Rewritten { parts, exports, needs, sync } = rewrite(composition, arena, options)?;
        let mut notes = notes::of_functions(Self::TARGET, needs.functions());
        notes.extend(needs.serve.then(|| service_notes(self.reuse_instance)).into_iter().flatten());
        let waits = needs.control.contains(&Control::Wait) && !self.async_exports;
        let own = own_exports(root).filter(|(_, is_async)| waits && !is_async);
        notes.extend(own.map(|(export, _)| {
            let text = "keeps its type, which is not async: a call in it that has to wait will trap";
            note("W0101", format!("export `{export}` {text}"))
        }));
        notes.extend(sync.iter().map(|function| {
            let text = "cannot be async: a call of it by another component that has to wait will trap";
            note("W0102", format!("{function} {text}"))
        }));
        let has_adapter = !needs.is_nothing() && !is_linked;
        let adapter = has_adapter
            .then(|| foreign::call("wit-parser", || adapter::component(&needs, &self.wasi03)))
            .transpose()?;
        Ok(Adapted { parts, exports, imports: needs.imports, is_linked: needs.linked, adapter, notes })
    }
}

/// The result of the rewrite of a composition.
struct Rewritten<'a> {
    parts: Vec<root::Placed<'a>>,
    exports: Vec<(&'a str, Source<'a>)>,
    needs: Needs,
    /// Functions that may have to wait but cannot be async, as notes describe them.
    sync: Vec<String>,
}

/// The choices of the user and of the host.
#[derive(Clone)]
pub(crate) struct Options<'c, 'a> {
    /// The version under which 0.3 is imported and exported.
    pub wasi03: &'c str,
    /// Whether an instance of a service takes another request after it has finished one.
    pub reuse_instance: bool,
    /// Whether the component's own exports (not WASI's) become async.
    pub async_exports: bool,
    /// P, if it is to be linked into the only part.
    pub template: Option<Rc<Template<'a>>>,
}

/// A built-in of the async component model that carries a resource of P; `None` if there is none.
/// No engine knows the resources of a linked P.
fn built_in_with_resource(composition: &Composition<'_>) -> Option<String> {
    let part = composition.parts.first()?;
    let types = part.component.validated();
    let resource = |item: &ComponentItem| match item.ty {
        ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } => Some(id.resource()),
        _ => None,
    };
    let mut owned = Vec::new();
    for (instance, (interface, _)) in guest::adapted_imports(part) {
        let exports = types.instance(instance).exports.values();
        owned.extend(exports.filter_map(resource).map(|id| (id, interface.unversioned())));
    }
    part.component.items.iter().find_map(|item| {
        let ItemKind::Canon(canon) = &item.kind else { return None };
        // Linking rewrites these.
        let is_of_resources = matches!(
            canon,
            CanonicalFunction::Lift { .. }
                | CanonicalFunction::ResourceNew { .. }
                | CanonicalFunction::ResourceDrop { .. }
                | CanonicalFunction::ResourceRep { .. }
        );
        let mentioned = item.references().into_iter().filter(|def| def.sort == Sort::Type && !is_of_resources);
        let carried: HashSet<ResourceId> = mentioned.flat_map(|def| types::resources(types, def)).collect();
        // Several interfaces may have one resource.
        let interface = owned.iter().filter(|(id, _)| carried.contains(id)).map(|(_, interface)| interface).min()?;
        Some(format!("a built-in for tasks or streams carries a resource of `{interface}`"))
    })
}

/// Why P has to begin a task of its own in `composition`, whose root is `root`; `None` if it need
/// not.
///
/// Only a task that waits reads a result that may hold a string. When an export that is not async
/// runs, a composed P begins such a task; a linked P cannot, because no component can begin a task
/// in itself.
fn needs_task(root: &Component<'_>, composition: &Composition<'_>) -> Option<String> {
    let part = composition.parts.first()?;
    let types = root.validated();
    let exports = root.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Export(export) => Some((export.name.name, item.def?)),
        _ => None,
    });
    let (mut sync, mut can_wait) = (None, false);
    for (name, def) in exports {
        let functions = types::functions(types, def);
        let are_async = |wanted| functions.iter().any(|(_, id)| types[*id].async_ == wanted);
        can_wait |= program::role(name).is_some() || are_async(true);
        sync = sync.or_else(|| (program::role(name).is_none() && are_async(false)).then_some(name));
    }
    let (sync, used, adapted) = (sync?, guest::used_functions(&part.component), guest::adapted_imports(part));
    let used = adapted.iter().flat_map(|(instance, (interface, _))| {
        let functions = used.get(instance).into_iter().flatten();
        functions.map(move |function| (interface.unversioned(), *function))
    });
    let readers = used.filter(|(interface, function)| begins_text(interface, function, can_wait));
    let reader = readers.map(|(interface, function)| format!("{interface}#{function}")).min()?;
    Some(format!("its export `{sync}` is not async, and what `{reader}` begins ends with a task of the adapter's own"))
}

/// Whether `function` of `interface` of 0.2 leads to a result that comes later and may hold a
/// string. Unless some call of the guest may wait (`can_wait`), it has neither files nor requests
/// to answer.
fn begins_text(interface: &str, function: &str, can_wait: bool) -> bool {
    let fails_later = table::find_function(Generation::Wasi02, interface, function).is_some_and(|row| row.fails_later);
    match interface {
        "wasi:filesystem/types" => can_wait && fails_later,
        HTTP_TYPES => can_wait,
        _ => fails_later,
    }
}

/// Rewrites `composition`.
fn rewrite<'a>(
    mut composition: Composition<'a>,
    arena: &'a Arena,
    options: Options<'_, 'a>,
) -> Result<Rewritten<'a>, Error> {
    let mut sync = Vec::new();
    if options.async_exports {
        sync = async_exports::make_async(&mut composition, arena)?;
    }
    if options.template.is_some() {
        for part in &mut composition.parts {
            let adapted = guest::adapted_imports(part).into_keys().collect();
            link::prepare(part, &adapted, arena)?;
        }
    }
    let exports = composition.kept();
    let Composition { parts, .. } = composition;
    let mut edges = edges(&parts, &exports);
    let mut guest = Rewritten { parts: Vec::new(), exports: Vec::new(), needs: Needs::default(), sync };
    let mut companions: Vec<BTreeMap<Vec<&'a str>, &'a str>> = Vec::new();
    let mut programs = Vec::new();
    for (at, mut part) in parts.into_iter().enumerate() {
        let mut edges = std::mem::take(&mut edges[at]);
        edges.offers = offers(&mut part, &companions, arena);
        let (wanted, shared) = (edges.wanted.clone(), edges.shared.clone());
        let (label, component) = (part.label.clone(), part.component.clone());
        let adapted = guest::adapt(part, edges, arena, options.clone())?;
        if adapted.waits {
            let sync =
                wanted.iter().filter(|path| !adapted.companions.contains_key(*path) && !is_async(&component, path));
            guest.sync.extend(sync.map(|path| format!("`{}` of {label}", path.join("#"))));
            let destructors = destructors(&component, &shared);
            guest.sync.extend(destructors.iter().map(|path| format!("the destructor of `{path}` of {label}")));
        }
        guest.needs.merge(adapted.needs);
        programs.push(adapted.programs);
        guest.parts.push(root::Placed { bytes: adapted.bytes, args: adapted.args });
        companions.push(adapted.companions);
    }
    for (name, source) in exports {
        guest.exports.push(match (program::of_generation(name, Generation::Wasi02), source.origin) {
            (Some(program), Origin::Part(part)) => {
                let name = arena.text(&guest::program_name(program, options.wasi03));
                (name, Source::export(part, programs[part][source.path[0]]))
            }
            _ => (name, source),
        });
    }
    Ok(guest)
}

/// The [`Edges`] of each part, except `offers`.
fn edges<'a>(parts: &[Part<'a>], exports: &[(&'a str, Source<'a>)]) -> Vec<Edges<'a>> {
    let mut edges: Vec<Edges<'a>> = parts.iter().map(|_| Edges::default()).collect();
    for part in parts {
        let used = guest::used_functions(&part.component);
        for (def, import) in part.component.imports() {
            let Some(source @ Source { origin: Origin::Part(from), path }) = part.args.get(import.name.name) else {
                continue;
            };
            edges[*from].shared.extend(source.exports_of(&parts[*from]));
            match def.sort {
                Sort::Func => {
                    edges[*from].wanted.insert(path.clone());
                }
                Sort::Instance => {
                    let functions = used.get(&InstanceId::of(def)).into_iter().flatten();
                    edges[*from].wanted.extend(functions.map(|function| [&path[..], &[*function]].concat()));
                }
                _ => {}
            }
        }
    }
    let waits: Vec<bool> = parts.iter().map(guest::waits).collect();
    if let Some(service) = guest::relay::service(exports) {
        edges[service].relays = guest::relay::answers_from_several(&parts[service]);
        for at in guest::relay::answering(parts, service) {
            edges[at].answers = true;
            edges[service].relays = true;
        }
    }
    for (name, source) in exports {
        let (role, Origin::Part(part)) = (program::role(name), source.origin) else { continue };
        match role {
            Some((program, Generation::Wasi02)) => {
                edges[part].programs.insert(source.path[0], program);
            }
            _ => edges[part].shared.extend(source.exports_of(&parts[part])),
        }
        edges[part].drains |= role.is_some() && waits.iter().enumerate().any(|(at, waits)| *waits && at != part);
    }
    edges
}

/// The companions that the parts before it offer to `part`. The companion of a function that is
/// imported by itself becomes an argument.
fn offers<'a>(
    part: &mut Part<'a>,
    companions: &[BTreeMap<Vec<&'a str>, &'a str>],
    arena: &'a Arena,
) -> BTreeMap<&'a str, Offer<'a>> {
    let used = guest::used_functions(&part.component);
    let mut offers = BTreeMap::new();
    for (def, import) in part.component.imports() {
        let import = import.name.name;
        let Some(Source { origin: Origin::Part(from), path }) = part.args.get(import).cloned() else { continue };
        let companion = |path: &[&'a str]| companions[from].get(path).copied();
        match def.sort {
            Sort::Func => {
                let name = ASYNC.name(import, arena, &|name| part.args.contains_key(name));
                let (Some(companion), Some(name)) = (companion(&path), name) else { continue };
                let path = [&path[..path.len() - 1], &[companion]].concat();
                part.args.insert(name, Source { origin: Origin::Part(from), path });
                offers.insert(import, Offer::Function(name));
            }
            Sort::Instance => {
                let functions = used.get(&InstanceId::of(def)).into_iter().flatten();
                let members =
                    functions.filter_map(|function| Some((*function, companion(&[&path[..], &[function]].concat())?)));
                let members: BTreeMap<_, _> = members.collect();
                if !members.is_empty() {
                    offers.insert(import, Offer::Members(members));
                }
            }
            _ => {}
        }
    }
    offers
}

/// The resources with a destructor among `exports`: code of this part runs when another part drops
/// one.
fn destructors(component: &Component<'_>, exports: &BTreeSet<&str>) -> BTreeSet<String> {
    let types = component.validated();
    let with_destructor: Vec<ResourceId> = (component.items.iter())
        .filter(|item| matches!(item.kind, ItemKind::Type(ComponentType::Resource { dtor: Some(_), .. })))
        .filter_map(|item| match types.component_any_type_at(item.def?.id) {
            ComponentAnyTypeId::Resource(id) => Some(id.resource()),
            _ => None,
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut look = |path: String, ty: ComponentEntityType| match ty {
        ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. }
            if with_destructor.contains(&id.resource()) =>
        {
            found.insert(path);
        }
        _ => {}
    };
    for name in exports {
        match types.component_item_for_export(name).map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => {
                let members = types[id].exports.iter();
                members.for_each(|(member, item)| look(format!("{name}#{member}"), item.ty));
            }
            Some(ty) => look(name.to_string(), ty),
            None => {}
        }
    }
    found
}

/// Whether the exported function that `path` leads to is async.
fn is_async(component: &Component<'_>, path: &[&str]) -> bool {
    let types = component.validated();
    let mut item = types.component_item_for_export(path[0]).map(|item| item.ty);
    for name in &path[1..] {
        item = match item {
            Some(ComponentEntityType::Instance(id)) => types[id].exports.get(*name).map(|item| item.ty),
            _ => None,
        };
    }
    matches!(item, Some(ComponentEntityType::Func(id)) if types[id].async_)
}

/// The notes about a service on a host of 0.3.
fn service_notes(reuse_instance: bool) -> [Note; 2] {
    let instances = match reuse_instance {
        false => {
            "each request has an instance of its own, as on a host of WASI 0.2; `--reuse-instance` lets the host use one \
             for one request after another"
        }
        true => "the host may use an instance for one request after another, and the program keeps its state",
    };
    let authority = "the authority of a request may be the `host` header, else `localhost`: hosts of WASI 0.3 need not \
                     tell the real one";
    [note("W0103", instances), note("W0104", authority)]
}
