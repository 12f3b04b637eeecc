//! The direction *p2-on-p3*: a component that uses WASI 0.2 is prepared for a host that has only 0.3.
//!
//! The guest is a composition of one part or several ([`crate::graph::composition`]); each is rewritten on its own. Imports of 0.2
//! stay imports of 0.2 and are satisfied by adapter P beside it, with one difference: split functions ([`interface`]) are
//! imported as `start-…`/`finish-…`, and their lowered core functions are replaced by trampolines ([`trampoline`]) that
//! wait in between. Because the trampolines wait, the export that runs the program gets the `async` effect, and calls
//! between parts get it by twins ([`ASYNC`]).

pub(crate) mod adapter;
mod async_exports;
mod control;
mod guest;
mod interface;
mod needs;
mod obstacles;
mod trampoline;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) use control::Control;
use guest::Edges;
pub(crate) use guest::{RELAY, SERVE};
pub(crate) use interface::{CONTROL, Form};
pub(crate) use needs::Needs;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{ComponentFuncType, ComponentType};

use crate::adapter::template;
use crate::component::{Arena, Component, ItemKind, Sort, types};
use crate::direction::{Adapted, Direction, own_exports};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Part, Source};
use crate::graph::root;
use crate::link::Template;
use crate::report::notes::{self, Note, note};
use crate::rewrite::twin;
use crate::rewrite::twin::Offer;
use crate::wasi::{InterfaceName, program};
use crate::{Error, Generation, foreign, link, wasi};

/// Twins of functions that may wait: the same core function, lifted with the async type.
///
/// The caller's trampoline calls the twin while one of its async exports runs, and the function itself otherwise (in
/// instantiation, for example), where a twin would trap: an async function must not be called by a task that is not
/// async. So what a wait means is known at every level: the function runs *apart* ([`trampoline::Apart`]), where waiting
/// is `wait-now`; the twin is an async export like any other.
const ASYNC: twin::Kind = twin::Kind {
    prefix: "async",
    is_static: false,
    ty: |ty| (!ty.async_).then(|| ComponentFuncType { async_: true, ..ty.clone() }),
};

/// Towards hosts of 0.3.
pub(crate) struct ToWasi03 {
    /// The version under which 0.3 is imported and exported.
    wasi03: String,
    /// Whether an instance of a service takes another request once one is done with.
    reuse_instance: bool,
    /// Whether exports of the component's own become async.
    async_exports: bool,
}

impl ToWasi03 {
    /// For a component that uses the interfaces `names`, among others those of 0.3 that it has already.
    pub fn new(names: &[InterfaceName], reuse_instance: bool, async_exports: bool) -> ToWasi03 {
        let wasi03 = names.iter().filter(|name| name.generation() == Some(Generation::Wasi03));
        let wasi03 = wasi03.map(|name| &name.version).max();
        let wasi03 = wasi03.map_or(wasi::DEFAULT_WASI03.to_string(), |version| version.to_string());
        ToWasi03 { wasi03, reuse_instance, async_exports }
    }
}

impl Direction for ToWasi03 {
    const TARGET: Generation = Generation::Wasi03;

    fn composition<'a>(&self, root: &Component<'a>, _: &'a Arena) -> Result<Composition<'a>, Vec<Obstacle>> {
        obstacles::composition(root)
    }

    fn unlinkable(&self, root: &Component<'_>, composition: &Composition<'_>) -> Option<String> {
        needs_task(root, composition).filter(|_| !self.async_exports)
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
        let choices = Choices {
            wasi03: &self.wasi03,
            reuse_instance: self.reuse_instance,
            async_exports: self.async_exports,
            template,
        };
        let Guest { parts, exports, needs, sync } = rewrite(composition, arena, choices)?;
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

/// What the rewrite of a composition gives.
struct Guest<'a> {
    parts: Vec<root::Part<'a>>,
    exports: Vec<(&'a str, Source<'a>)>,
    needs: Needs,
    /// Functions between parts that may have to wait and cannot: each in words.
    sync: Vec<String>,
}

/// What the user or the host decides.
#[derive(Clone)]
pub(crate) struct Choices<'c, 'a> {
    /// The version under which exports of 0.3 are named.
    pub wasi03: &'c str,
    /// Whether an instance of a service takes another request once one is done with.
    pub reuse_instance: bool,
    /// Whether exports of the component's own become async.
    pub async_exports: bool,
    /// P, if it is to be linked into the only part.
    pub template: Option<Rc<Template<'a>>>,
}

/// Why P needs a task of its own in `composition`, whose root is `root`.
///
/// A result that may hold a text is read by a task that waits. For an export of its own that is not async, P begins such a task; in the
/// guest's own instance nobody could.
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
        functions.map(move |function| format!("{}#{function}", interface.unversioned()))
    });
    let reader = used.filter(|function| begins_text(function, can_wait)).min()?;
    Some(format!("its export `{sync}` is not async, and what `{reader}` begins ends with a task of the adapter's own"))
}

/// Whether `function` of 0.2 leads to a result that comes later and may hold a text, in a guest of which some calls may wait or none. Without
/// such calls there are neither files nor requests to answer.
fn begins_text(function: &str, can_wait: bool) -> bool {
    const ALWAYS: [&str; 3] = [
        "wasi:http/outgoing-handler#handle",
        "wasi:sockets/tcp#[method]tcp-socket.finish-connect",
        "wasi:sockets/tcp#[method]tcp-socket.accept",
    ];
    const OF_FILES: [&str; 4] = ["-via-stream", "descriptor.read", "descriptor.write", "descriptor.read-directory"];
    let is_of_file =
        || function.starts_with("wasi:filesystem/types#") && OF_FILES.iter().any(|known| function.ends_with(known));
    ALWAYS.contains(&function) || can_wait && (function.starts_with("wasi:http/types#") || is_of_file())
}

/// Rewrites `composition`.
fn rewrite<'a>(
    mut composition: Composition<'a>,
    arena: &'a Arena,
    choices: Choices<'_, 'a>,
) -> Result<Guest<'a>, Error> {
    let mut sync = Vec::new();
    if choices.async_exports {
        sync = async_exports::make_async(&mut composition, arena)?;
    }
    if choices.template.is_some() {
        for part in &mut composition.parts {
            let adapted = guest::adapted_imports(part).into_keys().collect();
            link::prepare(part, &adapted, arena)?;
        }
    }
    let exports = composition.kept();
    let Composition { parts, .. } = composition;
    let mut edges = edges(&parts, &exports);
    let mut guest = Guest { parts: Vec::new(), exports: Vec::new(), needs: Needs::default(), sync };
    let mut twins: Vec<BTreeMap<Vec<&'a str>, &'a str>> = Vec::new();
    let mut programs = Vec::new();
    for (at, mut part) in parts.into_iter().enumerate() {
        let mut edges = std::mem::take(&mut edges[at]);
        edges.offers = offers(&mut part, &twins, arena);
        let (wanted, shared) = (edges.wanted.clone(), edges.shared.clone());
        let (label, component) = (part.label.clone(), part.component.clone());
        let adapted = guest::adapt(part, edges, arena, choices.clone())?;
        if adapted.waits {
            let sync = wanted.iter().filter(|path| !adapted.twins.contains_key(*path) && !is_async(&component, path));
            guest.sync.extend(sync.map(|path| format!("`{}` of {label}", path.join("#"))));
            let destructors = destructors(&component, &shared);
            guest.sync.extend(destructors.iter().map(|path| format!("the destructor of `{path}` of {label}")));
        }
        guest.needs.merge(adapted.needs);
        programs.push(adapted.programs);
        guest.parts.push(root::Part { bytes: adapted.bytes, args: adapted.args });
        twins.push(adapted.twins);
    }
    for (name, source) in exports {
        guest.exports.push(match (program::of_generation(name, Generation::Wasi02), source.origin) {
            (Some(program), Origin::Part(part)) => {
                let name = arena.text(&guest::program_name(program, choices.wasi03));
                (name, Source::export(part, programs[part][source.path[0]]))
            }
            _ => (name, source),
        });
    }
    Ok(guest)
}

/// How each part is tied to the others, but for the twins that it is offered.
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
                Sort::Func => drop(edges[*from].wanted.insert(path.clone())),
                Sort::Instance => {
                    let functions = used.get(&def.id).into_iter().flatten();
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
            Some((program, Generation::Wasi02)) => drop(edges[part].programs.insert(source.path[0], program)),
            _ => edges[part].shared.extend(source.exports_of(&parts[part])),
        }
        edges[part].drains |= role.is_some() && waits.iter().enumerate().any(|(at, waits)| *waits && at != part);
    }
    edges
}

/// What `part` is offered of the twins of the parts before it. Twins of single functions become arguments.
fn offers<'a>(
    part: &mut Part<'a>,
    twins: &[BTreeMap<Vec<&'a str>, &'a str>],
    arena: &'a Arena,
) -> BTreeMap<&'a str, Offer<'a>> {
    let used = guest::used_functions(&part.component);
    let mut offers = BTreeMap::new();
    for (def, import) in part.component.imports() {
        let import = import.name.name;
        let Some(Source { origin: Origin::Part(from), path }) = part.args.get(import).cloned() else { continue };
        let twin = |path: &[&'a str]| twins[from].get(path).copied();
        match def.sort {
            Sort::Func => {
                let name = ASYNC.name(import, arena, &|name| part.args.contains_key(name));
                let (Some(twin), Some(name)) = (twin(&path), name) else { continue };
                let path = [&path[..path.len() - 1], &[twin]].concat();
                part.args.insert(name, Source { origin: Origin::Part(from), path });
                offers.insert(import, Offer::Function(name));
            }
            Sort::Instance => {
                let functions = used.get(&def.id).into_iter().flatten();
                let members =
                    functions.filter_map(|function| Some((*function, twin(&[&path[..], &[function]].concat())?)));
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

/// The resources with a destructor among `exports`: what other parts drop runs code of this one.
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

/// What the user should know of a service on a host of 0.3.
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
