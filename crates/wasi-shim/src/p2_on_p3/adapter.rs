//! Adapter P: WASI 0.2 implemented on WASI 0.3.

use std::collections::{BTreeSet, HashSet};

use wit_parser::{Function, InterfaceId, Param, Resolve, Type};

use crate::adapter::link::{self, Linked};
use crate::adapter::prune::{self, Keep};
use crate::adapter::{
    LINKED, Prepared, encode, exported_interfaces, is_list_of_bytes, list_of_chunks, set_version, with_used, world_text,
};
use crate::code::CoreModule;
use crate::component::{finish_name, start_name};
use crate::p2_on_p3::{Needs, RELAY, SERVE, split};
use crate::wasi::{Catalogue, adapted};
use crate::{Error, Generation, wasi};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
pub(crate) const MODULE: &[u8] = include_bytes!("../../adapters/p2-on-p3.wasm");

/// The private interface between guest and P.
const CONTROL_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/control.wit");

/// The private interface behind an exported `wasi:http/incoming-handler`, in the same package.
const SERVE_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/serve.wit");

/// … and behind one that hands requests on.
const RELAY_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/relay.wit");

/// The version under which P's core module exports 0.2 and imports 0.3.
const EXPORTED: &str = "0.2.12";
const IMPORTED: &str = "0.3.0";

const FILES: &str = "wasi:filesystem/types";
const HTTP_TYPES: &str = "wasi:http/types";
const TCP: &str = "wasi:sockets/tcp";
const TCP_CREATE: &str = "wasi:sockets/tcp-create-socket";
const UDP: &str = "wasi:sockets/udp";
const UDP_CREATE: &str = "wasi:sockets/udp-create-socket";
const LOOKUP: &str = "wasi:sockets/ip-name-lookup";

/// Not an interface, but the function of the private one.
const LOOK: &str = "look";

/// Interfaces, and a function, that give out input streams.
const INPUT: &[&str] = &["wasi:cli/stdin", FILES, TCP, "wasi:http/types#[method]incoming-body.stream"];

/// Functions that give out incoming bodies.
const HTTP_IN: &[&str] =
    &["wasi:http/types#[method]incoming-request.consume", "wasi:http/types#[method]incoming-response.consume"];

/// Functions that give out outgoing bodies.
const HTTP_OUT: &[&str] =
    &["wasi:http/types#[method]outgoing-request.body", "wasi:http/types#[method]outgoing-response.body"];

/// Functions that leave the stream of a file open for the next call.
const RUNS: &[&str] =
    &["wasi:filesystem/types#[method]descriptor.start-read", "wasi:filesystem/types#[method]descriptor.start-write"];

/// Functions that move bytes from one stream to another.
const SPLICES: &[&str] = &[
    "wasi:io/streams#[method]output-stream.start-splice",
    "wasi:io/streams#[method]output-stream.start-blocking-splice",
];

/// What more than printing is done with, and what drops things that a task has to cancel.
const DOMAINS: &[&str] =
    &["wasi:cli/stdin", "wasi:io/poll", FILES, TCP, TCP_CREATE, UDP, UDP_CREATE, LOOKUP, HTTP_TYPES, SERVE, LOOK];

/// What has results with texts.
const TEXTS: &[&str] = &[FILES, TCP, HTTP_TYPES, SERVE];

/// Parts of the module (see `adapters/README.md`), by the beginning of their names, each with the interfaces
/// and functions that need it.
const PARTS: &[(&str, &[&str])] = &[
    ("domains/", DOMAINS),
    ("texts/", TEXTS),
    ("sinks/", &[FILES, TCP]),
    ("input-stream/", INPUT),
    ("poll/", &["wasi:io/poll"]),
    ("clocks/", &["wasi:clocks/monotonic-clock"]),
    ("filesystem/", &[FILES]),
    ("runs/", RUNS),
    ("directories/", &["wasi:filesystem/types#[method]descriptor.start-read-directory"]),
    ("splices/", SPLICES),
    ("sockets/", &[TCP, TCP_CREATE, UDP, UDP_CREATE, LOOKUP]),
    ("tcp/", &[TCP, TCP_CREATE]),
    ("udp/", &[UDP, UDP_CREATE]),
    ("lookup/", &[LOOKUP]),
    ("http/", &[HTTP_TYPES]),
    ("http-in/", HTTP_IN),
    ("http-out/", HTTP_OUT),
    ("http-client/", &["wasi:http/outgoing-handler"]),
    ("http-serve/", &[SERVE]),
    ("http-relay/", &[RELAY]),
    ("look/", &[LOOK]),
];

/// Several tasks that wait at once. Those of a linked guest cannot: while one waits inside of P no other one is entered, because
/// all are lifted with a callback or sync.
const FOLLOWERS: &str = "followers/";

/// Whether a guest that uses functions of `interface` (without version) does more than print.
pub(crate) fn is_more_than_printing(interface: &str) -> bool {
    DOMAINS.contains(&interface)
}

/// What a guest needs that uses all functions of the interfaces `names` (without version).
pub(crate) fn needs_of(names: &BTreeSet<String>) -> Needs {
    let catalogue = Catalogue::all();
    let mut needs = Needs::default();
    for (interface, id) in catalogue.interface_ids(Generation::Wasi02).filter(|(name, _)| names.contains(name)) {
        let mut functions = BTreeSet::new();
        for function in catalogue.resolve().interfaces[id].functions.keys() {
            match wasi::is_split(&interface, function) {
                true => {
                    needs.control.extend(split::Control::ALL);
                    functions.extend([start_name(function), finish_name(function)]);
                }
                false => drop(functions.insert(function.clone())),
            }
        }
        needs.interfaces.insert(interface, functions);
    }
    needs
}

/// P as a component that exports what `needs` says and imports 0.3 under version `wasi03`.
pub(crate) fn component(needs: &Needs, wasi03: &str) -> Result<Vec<u8>, Error> {
    encode(prepared(needs, wasi03, false)?, Generation::Wasi03)
}

/// P with all that it has, whose core module also has what only linking uses.
#[cfg(test)]
pub(crate) fn all() -> Result<Prepared, Error> {
    let mut needs = needs_of(&adapted::interfaces(Generation::Wasi02).map(String::from).collect());
    needs.control.extend(split::Control::ALL);
    (needs.serve, needs.relay) = (true, true);
    prepared(&needs, IMPORTED, true)
}

fn prepared(needs: &Needs, wasi03: &str, links: bool) -> Result<Prepared, Error> {
    let has_http = needs.serve || needs.interfaces.keys().any(|interface| interface.starts_with("wasi:http/"));
    let catalogue = if has_http { wasi::Catalogue::all() } else { wasi::Catalogue::without(&["wasi:http"]) };
    let mut resolve = catalogue.into_resolve();
    let for_serve = needs.serve.then(|| HTTP_TYPES.to_string());
    let exported = with_used(&resolve, needs.interfaces.keys().cloned().chain(for_serve), EXPORTED);
    let reach = Reach::of(needs);
    let serve = if needs.serve { SERVE_WIT } else { "" };
    let relay = if needs.relay { RELAY_WIT } else { "" };
    resolve.push_str("control.wit", &format!("{CONTROL_WIT}{serve}{relay}")).map_err(Error::unsound)?;
    // Streams of 0.3 behind those of 0.2 are typed by the control interface.
    let has_streams = exported.contains("wasi:io/streams");
    let is_private = has_streams || needs.serve || !needs.control.is_empty();
    let control = is_private.then_some(split::CONTROL);
    let private: Vec<&str> =
        [control, needs.serve.then_some(SERVE), needs.relay.then_some(RELAY)].into_iter().flatten().collect();
    let world = world_text(&resolve, 3, &exported, EXPORTED, &private);
    let package = resolve.push_str("adapter.wit", &world).map_err(Error::unsound)?;
    let world = resolve.packages[package].worlds["adapter"];
    let mut core_exports = HashSet::new();
    for id in exported_interfaces(&resolve, world) {
        let name = resolve.id_of(id).unwrap_or_default();
        let unversioned = name.split('@').next().unwrap_or_default().to_string();
        if name == split::CONTROL {
            let keep: HashSet<&str> = needs.control.iter().map(|function| function.name()).collect();
            resolve.interfaces[id].functions.retain(|function, _| {
                keep.contains(function.as_str()) || !split::Control::ALL.iter().any(|known| known.name() == function)
            });
        } else if ![SERVE, RELAY].contains(&name.as_str()) {
            select_functions(&mut resolve, id, &unversioned, needs);
        }
        for function in resolve.interfaces[id].functions.keys() {
            core_exports.insert(format!("{name}#{function}"));
        }
    }
    let keep = Keep {
        copies: &[],
        export: &|export| {
            let function = export.strip_prefix("[callback]").unwrap_or(export);
            let function = function.strip_prefix("[async-lift]").unwrap_or(function);
            let function = function.strip_prefix("cabi_post_").unwrap_or(function);
            match function.split_once("#[dtor]") {
                Some((interface, _)) => exported.contains(interface.split('@').next().unwrap_or_default()),
                None if export.starts_with(LINKED) => links,
                None => core_exports.contains(function) || !export.contains('#'),
            }
        },
        part: &|part| reach.part(part),
        instead: false,
        import: &|module, name| module != link::BY_TABLE && reach.import(module, name),
        rename: &|module| renamed(module, wasi03),
    };
    let module = prune::prune(MODULE, &keep)?;
    set_version(&mut resolve, 3, wasi03)?;
    Ok(Prepared { module, resolve, world })
}

/// P's core module with what `needs` says, extended by `core`, to be linked to a guest.
pub(crate) fn link(
    needs: &Needs,
    core: &CoreModule,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    let reach = Reach::of(needs);
    let by_table = |part: &str| core.imports_table() || !part.starts_with(link::PART);
    let part = |part: &str| by_table(part) && !part.starts_with(FOLLOWERS) && reach.part(part);
    link::link(MODULE, core, &Keep::of_linked(&part, &|module, name| reach.import(module, name), false), needs_realloc)
}

/// What import `name` of P is called, or its core module's imports from `name`, if 0.3 is imported under version `wasi03`.
pub(crate) fn renamed(name: &str, wasi03: &str) -> Option<String> {
    let interface = name.strip_suffix(&format!("@{IMPORTED}"))?;
    (wasi03 != IMPORTED).then(|| format!("{interface}@{wasi03}"))
}

/// What a guest leads to in P's core module.
struct Reach<'n> {
    needs: &'n Needs,
    /// The interfaces of 0.2 of which it uses functions: one that is needed for its types alone gives no reason to keep code.
    used: HashSet<&'n str>,
    /// The interfaces of 0.3 that are called then.
    reached: HashSet<&'static str>,
}

impl<'n> Reach<'n> {
    fn of(needs: &'n Needs) -> Reach<'n> {
        let interfaces = needs.interfaces.iter().filter(|(_, functions)| !functions.is_empty());
        let mut used: HashSet<&str> = interfaces.map(|(interface, _)| interface.as_str()).collect();
        if needs.serve {
            used.extend([HTTP_TYPES, SERVE]);
        }
        used.extend(needs.relay.then_some(RELAY));
        used.extend(needs.control.contains(&split::Control::Look).then_some(LOOK));
        let reached = adapted::interfaces(Generation::Wasi02).filter(|name| used.contains(name));
        Reach {
            needs,
            reached: reached.flat_map(|name| adapted::counterparts(Generation::Wasi02, name).iter().copied()).collect(),
            used,
        }
    }

    /// Whether it may get to part `part` of the module.
    fn part(&self, part: &str) -> bool {
        let needed_by = PARTS.iter().find(|(name, _)| part.starts_with(name)).map(|(_, interfaces)| interfaces);
        needed_by.is_none_or(|names| {
            names.iter().any(|name| match name.split_once('#') {
                Some((interface, function)) => self.calls(interface, function),
                None => self.used.contains(*name),
            })
        })
    }

    /// Whether it may get to import `name` from `module`.
    fn import(&self, module: &str, name: &str) -> bool {
        match module.strip_suffix(&format!("@{IMPORTED}")) {
            Some(FILES) => self.reached.contains(FILES) && self.file_call(name),
            Some(interface) => self.reached.contains(interface),
            None => true,
        }
    }

    /// The same of an import from `wasi:filesystem/types`: all calls of methods stand in one function of P's, so that its
    /// code alone does not tell which are made.
    fn file_call(&self, name: &str) -> bool {
        let Some(method) = name.strip_prefix("[async-lower][method]descriptor.") else { return true };
        let leads_here = |method: &str| self.calls(FILES, &format!("[method]descriptor.start-{method}"));
        leads_here(method) || method == "get-type" && leads_here("open-at")
    }

    /// Whether `function` of `interface` is used.
    fn calls(&self, interface: &str, function: &str) -> bool {
        self.needs.interfaces.get(interface).is_some_and(|functions| functions.contains(function))
    }
}

/// Leaves interface `id` with the functions that are needed; split functions are put in the place of those
/// that they replace.
fn select_functions(resolve: &mut Resolve, id: InterfaceId, unversioned: &str, needs: &Needs) {
    let needed = needs.interfaces.get(unversioned);
    let is_needed = |function: &str| needed.is_some_and(|needed| needed.contains(function));
    let originals = std::mem::take(&mut resolve.interfaces[id].functions);
    let mut selected = Vec::new();
    for (name, function) in originals {
        if !wasi::is_split(unversioned, &name) {
            if is_needed(&name) {
                selected.push(function);
            }
        } else if is_needed(&start_name(&name)) {
            let (start, finish) = split_function(resolve, function);
            selected.extend([start, finish]);
        }
    }
    resolve.interfaces[id].functions = selected.into_iter().map(|function| (function.name.clone(), function)).collect();
}

/// `start-f` and `finish-f` as WIT functions.
fn split_function(resolve: &mut Resolve, function: Function) -> (Function, Function) {
    let mut params = Vec::new();
    for param in &function.params {
        if !is_list_of_bytes(resolve, &param.ty) {
            params.push(param.clone());
            continue;
        }
        let chunks = list_of_chunks(resolve);
        for (suffix, ty) in [("-skip", Type::U32), ("-len", Type::U32), ("", chunks)] {
            let mut param = param.clone();
            param.name += suffix;
            param.ty = ty;
            params.push(param);
        }
    }
    let mut start = function.clone();
    start.name = start_name(&function.name);
    start.params = params;
    start.result = Some(Type::U32);
    let mut finish = function;
    finish.name = finish_name(&finish.name);
    finish.params = vec![Param { name: "token".into(), ty: Type::U32, span: Default::default() }];
    if let wit_parser::FunctionKind::Method(resource) = finish.kind {
        finish.kind = wit_parser::FunctionKind::Static(resource);
    }
    (start, finish)
}
