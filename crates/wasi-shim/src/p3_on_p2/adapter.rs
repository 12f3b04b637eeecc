//! Runtime R: the async component model and WASI 0.3 implemented on WASI 0.2.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use wit_parser::abi::AbiVariant;
use wit_parser::{Function, FunctionKind, Handle, InterfaceId, Param, Resolve, Type, TypeDefKind};

use crate::adapter::link::{self, Linked};
use crate::adapter::prune::{self, Keep};
use crate::adapter::{
    LINKED, Prepared, define, encode, exported_interfaces, is_list_of_bytes, list_of_chunks, set_version, with_used,
    world_text,
};
use crate::code::CoreModule;
use crate::p3_on_p2::{
    CARRIER, CONTROL, COURIER, Control, Form, KEEPERS, Needs, SERVE, Shape, Transfer, Typed, courier_function,
};
use crate::wasi::{Catalogue, adapted};
use crate::{Error, Generation, wasi};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
pub(crate) const MODULE: &[u8] = include_bytes!("../../adapters/p3-on-p2.wasm");

/// The private interface between guest and R.
const CONTROL_WIT: &str = include_str!("../../wit/wasi-shim/p3-on-p2/control.wit");

/// The private interface behind an exported handler, in the same package.
const SERVE_WIT: &str = include_str!("../../wit/wasi-shim/p3-on-p2/serve.wit");

/// The versions under which R's core module exports 0.3 and imports 0.2.
pub(crate) const EXPORTED: &str = "0.3.2";
const IMPORTED: &str = "0.2.0";

/// The interface that stands for all of HTTP: nothing of it works without its resources.
const HTTP_TYPES: &str = "wasi:http/types";

/// Parts of the module (see `adapters/README.md`), by the beginning of their names, each with the interfaces of 0.3, or
/// resources of them, that need it.
const PARTS: &[(&str, &[&str])] = &[
    ("parts/", &[AS_PART]),
    (
        "domains/",
        &[
            "wasi:cli/stdin",
            "wasi:filesystem/types",
            HTTP_TYPES,
            SERVE,
            "wasi:http/client",
            "wasi:sockets/types",
            LOOKUP,
        ],
    ),
    ("pump-in/", &["wasi:cli/stdin", "wasi:filesystem/types", HTTP_TYPES, TCP]),
    ("pump-out/", &["wasi:cli/stdout", "wasi:cli/stderr", "wasi:filesystem/types", HTTP_TYPES, TCP]),
    ("timers/", &["wasi:clocks/monotonic-clock"]),
    ("filesystem/", &["wasi:filesystem/types"]),
    ("http/", &[HTTP_TYPES]),
    ("http-client/", &["wasi:http/client"]),
    ("http-serve/", &[SERVE]),
    ("tcp/", &[TCP]),
    ("udp/", &["wasi:sockets/types#udp-socket"]),
    ("lookup/", &[LOOKUP]),
    ("sockets/", &["wasi:sockets/types"]),
];

/// Not an interface, but the function of the control interface that parts of compositions call.
const AS_PART: &str = "as-part";

const LOOKUP: &str = "wasi:sockets/ip-name-lookup";

/// A resource whose functions are used.
const TCP: &str = "wasi:sockets/types#tcp-socket";

/// The first version of 0.2 with `exit-with-code`.
const EXIT_WITH_CODE: semver::Version = semver::Version::new(0, 2, 12);

/// What a guest needs that uses all functions of the interfaces `names` (without version).
pub(crate) fn needs_of(names: &BTreeSet<String>) -> Needs {
    let catalogue = Catalogue::all();
    let resolve = catalogue.resolve();
    let mut needs = Needs::default();
    let mut interfaces = BTreeMap::new();
    for (interface, id) in catalogue.interface_ids(Generation::Wasi03).filter(|(name, _)| names.contains(name)) {
        let mut functions = BTreeSet::new();
        for (name, function) in &resolve.interfaces[id].functions {
            let mut types = function.params.iter().map(|param| &param.ty).chain(&function.result);
            if function.kind.is_async() || types.any(|ty| carries_values(resolve, ty)) {
                needs.control.extend(Control::ALL);
            }
            let forms: Vec<Form> = match &function.kind {
                FunctionKind::AsyncFreestanding | FunctionKind::AsyncMethod(_) | FunctionKind::AsyncStatic(_) => {
                    let in_memory = resolve.wasm_signature(AbiVariant::GuestImportAsync, function).indirect_params;
                    let sync = resolve.wasm_signature(AbiVariant::GuestImport, function);
                    let is_full = sync.indirect_params
                        || sync.params.len() - usize::from(sync.retptr) == Resolve::MAX_FLAT_PARAMS;
                    let start = if is_full { Form::StartBare } else { Form::Start };
                    let by_list = in_memory.then_some(Form::StartByList);
                    let finish = function.result.map(|_| Form::Finish);
                    let in_chunks = function.result.filter(|ty| has_bytes(resolve, ty)).map(|_| Form::FinishInChunks);
                    [start].into_iter().chain(by_list).chain(finish).chain(in_chunks).collect()
                }
                _ => vec![Form::Plain],
            };
            functions.extend(forms.into_iter().map(|form| (name.clone(), form)));
        }
        let typed = Typed::ALL.iter().copied().filter(|typed| typed.interface() == interface);
        let typed = typed.flat_map(|typed| [Transfer::Take, Transfer::Write].map(|transfer| (typed, transfer)));
        needs.typed.extend(typed.filter(|(typed, transfer)| typed.function(*transfer).is_some()));
        interfaces.insert(interface, functions);
    }
    needs.interfaces = interfaces;
    needs
}

/// Whether values of type `ty`, which a function has as its result, hold bytes that travel in chunks.
fn has_bytes(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    match &resolve.types[*id].kind {
        TypeDefKind::Result(result) => result.ok.as_ref().is_some_and(|ok| has_bytes(resolve, ok)),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| has_bytes(resolve, ty)),
        _ => is_list_of_bytes(resolve, ty),
    }
}

/// Whether values of type `ty` hold ends of streams or futures.
fn carries_values(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    let of = |ty: &Type| carries_values(resolve, ty);
    match &resolve.types[*id].kind {
        TypeDefKind::Stream(_) | TypeDefKind::Future(_) => true,
        TypeDefKind::Type(ty) | TypeDefKind::List(ty) | TypeDefKind::Option(ty) => of(ty),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(of),
        TypeDefKind::Record(record) => record.fields.iter().any(|field| of(&field.ty)),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty.as_ref()).any(of),
        TypeDefKind::Result(result) => result.ok.iter().chain(&result.err).any(of),
        _ => false,
    }
}

/// R as a component that exports what `needs` says and imports 0.2 under version `wasi02`.
pub(crate) fn component(needs: &Needs, wasi02: &str) -> Result<Vec<u8>, Error> {
    encode(prepared(needs, wasi02, false)?, Generation::Wasi02)
}

/// R with all that it has but what depends on a guest, whose core module also has what only linking uses.
#[cfg(test)]
pub(crate) fn all() -> Result<Prepared, Error> {
    let mut needs = needs_of(&adapted::interfaces(Generation::Wasi03).map(String::from).collect());
    needs.control.extend(Control::ALL);
    needs.serve = true;
    prepared(&needs, &EXIT_WITH_CODE.to_string(), true)
}

fn prepared(needs: &Needs, wasi02: &str, links: bool) -> Result<Prepared, Error> {
    let has_http = needs.serve || needs.interfaces.keys().any(|name| name.starts_with("wasi:http/"));
    let mut resolve = match has_http {
        true => wasi::Catalogue::all(),
        false => wasi::Catalogue::without(&["wasi:http"]),
    }
    .into_resolve();
    let of_serve = needs.serve.then_some([HTTP_TYPES, SERVE]).into_iter().flatten();
    let interfaces = needs.interfaces.keys().cloned().chain(of_serve.map(String::from));
    let exported = with_used(&resolve, interfaces, EXPORTED);
    let reach = Reach::of(needs);

    let version: semver::Version = wasi02.parse().map_err(Error::unsound)?;
    without_async(&mut resolve);
    let serve = if needs.serve { SERVE_WIT } else { "" };
    resolve.push_str("control.wit", &format!("{CONTROL_WIT}{serve}{}", needs.courier)).map_err(Error::unsound)?;
    let has_split = needs.interfaces.values().flatten().any(|(_, form)| *form != Form::Plain);
    let is_private = has_split || needs.serve || !needs.typed.is_empty() || !needs.control.is_empty();
    let control = is_private.then_some(CONTROL);
    let of_courier = (!needs.carried.is_empty()).then_some(COURIER);
    let kept = needs.kept.iter().map(String::as_str);
    let private: Vec<_> =
        control.into_iter().chain(needs.serve.then_some(SERVE)).chain(of_courier).chain(kept).collect();
    let world = world_text(&resolve, 2, &exported, EXPORTED, &private);
    let package = resolve.push_str("adapter.wit", &world).map_err(Error::unsound)?;
    let world = resolve.packages[package].worlds["adapter"];
    let mut core_exports = HashSet::new();
    for id in exported_interfaces(&resolve, world) {
        let name = resolve.id_of(id).unwrap_or_default();
        if name == CONTROL {
            let keep: HashSet<&str> = needs.control.iter().map(|function| function.name()).collect();
            resolve.interfaces[id].functions.retain(|function, _| {
                keep.contains(function.as_str()) || !Control::ALL.iter().any(|known| known.name() == function)
            });
        } else if name != SERVE && name != COURIER && !needs.kept.contains(&name) {
            select_functions(&mut resolve, id, name.split('@').next().unwrap_or_default(), needs);
        }
        for function in resolve.interfaces[id].functions.keys() {
            core_exports.insert(format!("{name}#{function}"));
        }
    }
    let copies: Vec<_> = needs
        .carried
        .iter()
        .map(|(number, transfer)| {
            let original = match transfer {
                Transfer::Take => "take",
                Transfer::Write => "put",
            };
            (format!("{COURIER}#{original}"), format!("{COURIER}#{}", courier_function(*number, *transfer)))
        })
        .chain(needs.kept.iter().flat_map(|interface| {
            KEEPERS.map(|function| (format!("{COURIER}#handle"), format!("{interface}#{function}")))
        }))
        .collect();
    let keep = Keep {
        copies: &copies,
        export: &|export| {
            let function = export.strip_prefix("cabi_post_").unwrap_or(export);
            match function.split_once("#[dtor]") {
                Some((interface, _)) => exported.contains(interface.split('@').next().unwrap_or_default()),
                None if export.starts_with(LINKED) => links,
                None => core_exports.contains(function) || !export.contains('#'),
            }
        },
        part: &|part| reach.part(part),
        instead: version < EXIT_WITH_CODE,
        import: &|module, _| module != link::BY_TABLE && reach.import(module),
        rename: &|module| renamed(module, wasi02),
    };
    let module = prune::prune(MODULE, &keep)?;
    set_version(&mut resolve, 2, wasi02)?;
    Ok(Prepared { module, resolve, world })
}

/// R's core module with what `needs` says, extended by `core`, to be linked to a guest that imports 0.2 under version `wasi02`.
pub(crate) fn link(
    needs: &Needs,
    wasi02: &semver::Version,
    core: &CoreModule,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    let reach = Reach::of(needs);
    let by_table = |part: &str| core.imports_table() || !part.starts_with(link::PART);
    let part = |part: &str| by_table(part) && reach.part(part);
    let import = |module: &str, _: &str| reach.import(module);
    link::link(MODULE, core, &Keep::of_linked(&part, &import, *wasi02 < EXIT_WITH_CODE), needs_realloc)
}

/// Where bytes of streams may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bulk {
    /// From the host to the guest.
    In,
    Out,
}

impl Bulk {
    /// The function of `wasi:io/streams` that moves them.
    pub fn function(self) -> &'static str {
        match self {
            Bulk::In => "[method]input-stream.read",
            Bulk::Out => "[method]output-stream.write",
        }
    }
}

/// Whether a guest with these needs moves bytes that way, and does more than print.
pub(crate) fn moves(needs: &Needs, bulk: Bulk) -> bool {
    let pump = match bulk {
        Bulk::In => "pump-in/",
        Bulk::Out => "pump-out/",
    };
    let reach = Reach::of(needs);
    reach.part("domains/") && reach.part(pump)
}

/// What import `name` of R is called, or its core module's imports from `name`, if 0.2 is imported under version `wasi02`.
pub(crate) fn renamed(name: &str, wasi02: &str) -> Option<String> {
    let (interface, version) = name.split_once('@')?;
    (version.starts_with("0.2.") && version != wasi02).then(|| format!("{interface}@{wasi02}"))
}

/// What a guest leads to in R's core module.
struct Reach<'n> {
    /// The interfaces of 0.3 of which it uses functions.
    used: HashSet<&'n str>,
    /// The resources of which it does: `wasi:sockets/types#tcp-socket`.
    resources: HashSet<String>,
    /// The interfaces of 0.2 that are called then.
    reached: HashSet<&'static str>,
}

impl<'n> Reach<'n> {
    fn of(needs: &'n Needs) -> Reach<'n> {
        let interfaces = needs.interfaces.iter().filter(|(_, functions)| !functions.is_empty());
        let used: HashSet<&str> = interfaces
            .map(|(interface, _)| interface.as_str())
            .chain(needs.typed.iter().map(|(typed, _)| typed.interface()))
            .chain(needs.serve.then_some([HTTP_TYPES, SERVE]).into_iter().flatten())
            .chain(needs.control.contains(&Control::AsPart).then_some(AS_PART))
            .collect();
        let functions = needs.functions();
        let resources = functions.filter_map(|(interface, function)| {
            let (resource, _) = function.split_once(']')?.1.split_once('.')?;
            Some(format!("{interface}#{resource}"))
        });
        let resources = resources.collect();
        let reached = adapted::interfaces(Generation::Wasi03).filter(|name| used.contains(name));
        Reach {
            reached: reached.flat_map(|name| adapted::counterparts(Generation::Wasi03, name).iter().copied()).collect(),
            used,
            resources,
        }
    }

    /// Whether it may get to part `part` of the module.
    fn part(&self, part: &str) -> bool {
        let needed_by = PARTS.iter().find(|(name, _)| part.starts_with(name)).map(|(_, interfaces)| interfaces);
        let is_used = |name: &str| self.used.contains(name) || self.resources.contains(name);
        needed_by.is_none_or(|names| names.iter().any(|name| is_used(name)))
    }

    /// Whether it may get to imports from `module`.
    fn import(&self, module: &str) -> bool {
        match module.strip_suffix(&format!("@{IMPORTED}")) {
            Some(interface) => interface.starts_with("wasi:io/") || self.reached.contains(interface),
            None => true,
        }
    }
}

/// Makes every `stream` and `future` a `u32`.
fn without_async(resolve: &mut Resolve) {
    for (_, ty) in resolve.types.iter_mut() {
        if let TypeDefKind::Stream(_) | TypeDefKind::Future(_) = ty.kind {
            ty.kind = TypeDefKind::Type(Type::U32);
        }
    }
}

/// Leaves interface `id` with the functions that are needed, in the forms that are needed.
fn select_functions(resolve: &mut Resolve, id: InterfaceId, interface: &str, needs: &Needs) {
    let needed = needs.interfaces.get(interface).cloned().unwrap_or_default();
    let originals = std::mem::take(&mut resolve.interfaces[id].functions);
    let mut selected = Vec::new();
    for (name, function) in &originals {
        for (_, form) in needed.iter().filter(|(needed, _)| needed == name) {
            selected.push(in_form(resolve, function, *form));
        }
    }
    for (typed, transfer) in needs.typed.iter().filter(|(typed, _)| typed.interface() == interface) {
        let name = typed.function(*transfer);
        let function = name.map(|name| typed_function(resolve, id, typed.shape(), *transfer, name));
        selected.extend(function);
    }
    resolve.interfaces[id].functions = selected.into_iter().map(|function| (function.name.clone(), function)).collect();
}

/// The function that hands out or takes values of this shape.
fn typed_function(
    resolve: &mut Resolve,
    id: InterfaceId,
    shape: Shape,
    transfer: Transfer,
    name: &'static str,
) -> Function {
    let exported = |resolve: &Resolve, name: &str| resolve.interfaces[id].types[name];
    let element = match shape {
        Shape::Named(name) => Type::Id(exported(resolve, name)),
        Shape::Own(name) => {
            let own = TypeDefKind::Handle(Handle::Own(exported(resolve, name)));
            define(resolve, own)
        }
        Shape::Result { resource, error } => {
            let ok = resource.map(|resource| {
                let own = TypeDefKind::Handle(Handle::Own(exported(resolve, resource)));
                let own = define(resolve, own);
                define(resolve, TypeDefKind::Option(own))
            });
            let err = Some(Type::Id(exported(resolve, error)));
            define(resolve, TypeDefKind::Result(wit_parser::Result_ { ok, err }))
        }
    };
    let list = define(resolve, TypeDefKind::List(element));
    let end = param("end", Type::U32);
    let (params, result) = match transfer {
        Transfer::Take => (vec![end], list),
        Transfer::Write => (vec![end, param("values", list)], Type::U32),
    };
    Function {
        name: name.into(),
        kind: FunctionKind::Freestanding,
        params,
        result: Some(result),
        docs: Default::default(),
        stability: Default::default(),
        span: Default::default(),
        external_id: Default::default(),
    }
}

fn in_form(resolve: &mut Resolve, function: &Function, form: Form) -> Function {
    let mut new = function.clone();
    new.name = form.name(&function.name);
    new.kind = match function.kind {
        FunctionKind::AsyncFreestanding => FunctionKind::Freestanding,
        FunctionKind::AsyncMethod(resource) => FunctionKind::Method(resource),
        FunctionKind::AsyncStatic(resource) => FunctionKind::Static(resource),
        ref kind => kind.clone(),
    };
    let is_static = |kind: FunctionKind| match kind {
        FunctionKind::Method(resource) => FunctionKind::Static(resource),
        other => other,
    };
    match form {
        Form::Plain => {}
        Form::Start => {
            new.params.push(param("cookie", Type::U64));
            new.result = Some(Type::U32);
        }
        Form::StartBare => new.result = Some(Type::U32),
        Form::StartByList => {
            let mut types: Vec<_> = function.params.iter().map(|param| param.ty).collect();
            let mut carrier = Vec::new();
            if let Some(bytes) = types.iter_mut().find(|ty| is_list_of_bytes(resolve, ty)) {
                *bytes = define(resolve, tuple(vec![Type::U32; 2]));
                let chunks = list_of_chunks(resolve);
                carrier.extend(CARRIER.into_iter().zip([Type::U32, Type::U32, chunks]));
            }
            let params = define(resolve, tuple(types));
            let list = define(resolve, TypeDefKind::List(params));
            let params = [("params", list)].into_iter().chain(carrier).chain([("cookie", Type::U64)]);
            new.params = params.map(|(name, ty)| param(name, ty)).collect();
            new.result = Some(Type::U32);
            new.kind = is_static(new.kind);
        }
        Form::Finish => {
            new.params = vec![param("subtask", Type::U32)];
            new.kind = is_static(new.kind);
        }
        Form::FinishInChunks => {
            let bytes = define(resolve, TypeDefKind::List(Type::U8));
            let chunks = list_of_chunks(resolve);
            let pieces = [bytes, chunks, bytes].into_iter().chain(function.result).collect();
            new.params = vec![param("head", Type::U32)];
            new.result = Some(define(resolve, tuple(pieces)));
            new.kind = is_static(new.kind);
        }
    }
    new
}

fn tuple(types: Vec<Type>) -> TypeDefKind {
    TypeDefKind::Tuple(wit_parser::Tuple { types })
}

fn param(name: &str, ty: Type) -> Param {
    Param { name: name.into(), ty, span: Default::default() }
}
