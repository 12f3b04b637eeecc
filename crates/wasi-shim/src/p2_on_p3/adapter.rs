//! Adapter P: WASI 0.2 implemented on WASI 0.3.

use std::collections::{BTreeMap, BTreeSet, HashSet};

#[cfg(test)]
use crate::adapter::Prepared;
use crate::adapter::{self, Adapter, Linked};
use crate::code::CoreModule;
use crate::p2_on_p3::{CONTROL, Control, Form, Needs, RELAY, SERVE};
use crate::rewrite::forms::Form as _;
use crate::wasi::{Catalogue, adapted};
use crate::{Error, Generation, wasi};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
pub(crate) const MODULE: &[u8] = include_bytes!("../../adapters/p2-on-p3.wasm");

/// The private interface between guest and P.
pub(crate) const CONTROL_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/control.wit");

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
            let is_split = wasi::is_split(&interface, function);
            functions.extend(Form::all(is_split).iter().map(|form| (function.clone(), *form)));
            if is_split {
                needs.control.extend(Control::ALL);
            }
        }
        needs.interfaces.insert(interface, functions);
    }
    needs
}

/// P as a component that exports what `needs` says and imports 0.3 under version `wasi03`.
pub(crate) fn component(needs: &Needs, wasi03: &str) -> Result<Vec<u8>, Error> {
    adapter::component(&P::new(needs, wasi03))
}

/// P's core module with what `needs` says, extended by `core`, to be linked to a guest.
pub(crate) fn link(
    needs: &Needs,
    core: &CoreModule,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    adapter::linked(&P::new(needs, IMPORTED), core, needs_realloc)
}

/// P with all that it has, whose core module also has what only linking uses.
#[cfg(test)]
pub(crate) fn all() -> Result<Prepared, Error> {
    let mut needs = needs_of(&adapted::interfaces(Generation::Wasi02).map(String::from).collect());
    needs.control.extend(Control::ALL);
    (needs.serve, needs.relay) = (true, true);
    adapter::prepared(&P::new(&needs, IMPORTED), true)
}

/// What import `name` of P is called, or its core module's imports from `name`, if 0.3 is imported under version `wasi03`.
pub(crate) fn renamed(name: &str, wasi03: &str) -> Option<String> {
    let interface = name.strip_suffix(&format!("@{IMPORTED}"))?;
    (wasi03 != IMPORTED).then(|| format!("{interface}@{wasi03}"))
}

/// P, as far as a guest needs it that imports 0.3 under version `wasi03`.
struct P<'n> {
    needs: &'n Needs,
    wasi03: &'n str,
    reach: Reach<'n>,
}

impl<'n> P<'n> {
    fn new(needs: &'n Needs, wasi03: &'n str) -> P<'n> {
        P { needs, wasi03, reach: Reach::of(needs) }
    }
}

impl Adapter for P<'_> {
    type Form = Form;

    const MODULE: &'static [u8] = MODULE;
    const OFFERED: Generation = Generation::Wasi02;
    const CONTROL: &'static str = CONTROL;
    const COMPOSED: &'static [&'static str] = &[FOLLOWERS];

    fn versions(&self) -> [&str; 2] {
        [EXPORTED, self.wasi03]
    }

    fn functions(&self) -> &BTreeMap<String, BTreeSet<(String, Form)>> {
        &self.needs.interfaces
    }

    fn serves(&self) -> bool {
        self.needs.serve
    }

    fn private(&self, exported: &BTreeSet<String>) -> Vec<&str> {
        let Needs { control, serve, relay, .. } = self.needs;
        // Streams of 0.3 behind those of 0.2 are typed by the control interface.
        let has_control = exported.contains("wasi:io/streams") || *serve || !control.is_empty();
        let private = [has_control.then_some(CONTROL), serve.then_some(SERVE), relay.then_some(RELAY)];
        private.into_iter().flatten().collect()
    }

    fn private_wit(&self) -> String {
        let serve = if self.needs.serve { SERVE_WIT } else { "" };
        let relay = if self.needs.relay { RELAY_WIT } else { "" };
        format!("{CONTROL_WIT}{serve}{relay}")
    }

    fn needs_control(&self, name: &str) -> bool {
        Control::named(name).is_none_or(|function| self.needs.control.contains(&function))
    }

    fn reaches(&self, part: &str) -> bool {
        self.reach.part(part)
    }

    fn imports(&self, module: &str, name: &str) -> bool {
        self.reach.import(module, name)
    }

    fn renamed(&self, module: &str) -> Option<String> {
        renamed(module, self.wasi03)
    }
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
        used.extend(needs.control.contains(&Control::Look).then_some(LOOK));
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
        let functions = self.needs.interfaces.get(interface);
        functions.is_some_and(|functions| functions.iter().any(|(name, form)| form.name(name) == function))
    }
}
