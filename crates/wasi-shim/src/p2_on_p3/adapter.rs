//! Adapter P: WASI 0.2 implemented on WASI 0.3.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
use crate::adapter::Prepared;
use crate::adapter::{self, Adapter, Linked, PrivateHooks, Reach};
use crate::code::CoreModule;
use crate::p2_on_p3::{CONTROL, Control, Form, Needs, RELAY, SERVE};
use crate::wasi::{Catalogue, HTTP_TYPES, table, versions};
use crate::{Error, Generation, wasi};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
pub(crate) const MODULE: &[u8] = include_bytes!("../../adapters/p2-on-p3.wasm");

/// The private interface between guest and P.
pub(crate) const CONTROL_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/control.wit");

/// The private interface behind an exported `wasi:http/incoming-handler`, in the same package.
const SERVE_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/serve.wit");

/// The private interface of services that hand requests on, in the same package.
const RELAY_WIT: &str = include_str!("../../wit/wasi-shim/p2-on-p3/relay.wit");

/// The package of all private interfaces.
#[cfg(test)]
pub(crate) const PRIVATE_WIT: [&str; 3] = [CONTROL_WIT, SERVE_WIT, RELAY_WIT];

/// `look` of the control interface: a function, but with hooks of its own like an interface.
const LOOK: &str = "look";

/// The hooks of the module (`adapters/README.md`) that private interfaces and `look` need.
pub(crate) const PRIVATE: PrivateHooks =
    &[(LOOK, &["dispatch/", "look/"]), (SERVE, &["dispatch/", "texts/", "http-serve/"]), (RELAY, &["http-relay/"])];

/// Hooks for several tasks that wait at once, which a linked guest never has: while one of its
/// tasks waits inside P, no other is entered, because all are lifted sync or with a callback.
const FOLLOWERS: &str = "followers/";

/// Whether a guest that uses functions of `interface` (without version) does more than print.
pub(crate) fn is_more_than_printing(interface: &str) -> bool {
    table::find(Generation::Wasi02, interface).is_some_and(|interface| interface.hooks.contains(&"dispatch/"))
}

/// The needs of a guest that uses all functions of the interfaces `names` (without versions).
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
    adapter::linked(&P::new(needs, &imported()), core, needs_realloc)
}

/// All of P; its core module keeps the functions that only the linked form uses.
#[cfg(test)]
pub(crate) fn all() -> Result<Prepared, Error> {
    let mut needs = needs_of(&table::adapted(Generation::Wasi02).map(|interface| interface.name.into()).collect());
    needs.control.extend(Control::ALL);
    (needs.serve, needs.relay) = (true, true);
    adapter::prepared(&P::new(&needs, &imported()), true)
}

/// The new name of import `name` of P, or of its core module's imports from `name`, if 0.3 is
/// imported under version `wasi03`; `None` if the name stays.
pub(crate) fn renamed(name: &str, wasi03: &str) -> Option<String> {
    let (interface, version) = name.split_once('@')?;
    (version == imported() && version != wasi03).then(|| format!("{interface}@{wasi03}"))
}

/// The version under which the core module imports 0.3.
fn imported() -> String {
    versions::first(Generation::Wasi03).to_string()
}

/// P as needed by a guest that imports 0.3 under version `wasi03`.
struct P<'n> {
    needs: &'n Needs,
    wasi03: &'n str,
    reach: Reach,
}

impl<'n> P<'n> {
    fn new(needs: &'n Needs, wasi03: &'n str) -> P<'n> {
        let serve = needs.serve.then_some([HTTP_TYPES, SERVE]).into_iter().flatten();
        let look = needs.control.contains(&Control::Look).then_some(LOOK);
        let others = serve.chain(needs.relay.then_some(RELAY)).chain(look);
        P { needs, wasi03, reach: Reach::of(Generation::Wasi02, &needs.interfaces, others, PRIVATE) }
    }
}

impl Adapter for P<'_> {
    type Form = Form;

    const MODULE: &'static [u8] = MODULE;
    const OFFERED: Generation = Generation::Wasi02;
    const CONTROL: &'static str = CONTROL;
    const COMPOSED: &'static [&'static str] = &[FOLLOWERS];

    fn version(&self) -> &str {
        self.wasi03
    }

    fn functions(&self) -> &BTreeMap<String, BTreeSet<(String, Form)>> {
        &self.needs.interfaces
    }

    fn serves(&self) -> bool {
        self.needs.serve
    }

    fn private(&self, exported: &BTreeSet<String>) -> Vec<&str> {
        let Needs { control, serve, relay, .. } = self.needs;
        // The control interface owns the built-ins of the streams of 0.3 that are behind those of
        // 0.2.
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

    fn reaches(&self, hook: &str) -> bool {
        self.reach.hook(hook)
    }

    fn imports(&self, module: &str, name: &str) -> bool {
        // One function of P calls all methods of descriptors, so its code alone does not tell which
        // of them the guest needs.
        let method = name.strip_prefix("[async-lower]").filter(|name| name.starts_with("[method]descriptor."));
        self.reach.import(module) && method.is_none_or(|method| self.reach.calls(method))
    }

    fn renamed(&self, module: &str) -> Option<String> {
        renamed(module, self.wasi03)
    }
}
