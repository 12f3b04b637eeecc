//! An adapter for one guest: a world with what the guest needs, and the core module cut down to
//! that.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::link::{self, Linked};
use super::prune::{self, Keep};
use super::world::{self, Offered};
use super::{Prepared, encode};
use crate::code::CoreModule;
use crate::rewrite::forms::Form;
use crate::wasi::{Catalogue, HTTP_TYPES, versions};
use crate::{Error, Generation};

/// Prefix of exports that only linked adapters use.
const LINKED: &str = "linked:";

/// An adapter, as far as one guest needs it.
pub(crate) trait Adapter {
    type Form: Form;

    /// The prebuilt core module.
    const MODULE: &'static [u8];
    /// The generation whose interfaces it offers.
    const OFFERED: Generation;
    /// The control interface.
    const CONTROL: &'static str;
    /// Prefixes of the parts of the module that only composed adapters use.
    const COMPOSED: &'static [&'static str];

    /// The version under which the other generation is imported.
    fn version(&self) -> &str;

    /// The functions that are needed, by interface without version. An interface may be needed for
    /// its types alone.
    fn functions(&self) -> &BTreeMap<String, BTreeSet<(String, Self::Form)>>;

    /// Whether the guest is a service.
    fn serves(&self) -> bool;

    /// The private interfaces that are needed beside `exported`, interfaces of WASI.
    fn private(&self, exported: &BTreeSet<String>) -> Vec<&str>;

    /// The package of the private interfaces, as WIT.
    fn private_wit(&self) -> String;

    /// Whether function `name` of the control interface is needed.
    fn needs_control(&self, name: &str) -> bool;

    /// Adds functions to `interface` (without version) that are no forms of its own functions.
    fn extend(&self, _interface: &str, _offered: &mut Offered<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Functions of the module to be exported under another name, too: the function, and the name.
    fn copies(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Whether the guest may get to the hook `hook` of the module.
    fn reaches(&self, hook: &str) -> bool;

    /// Whether it may get to import `name` from `module`.
    fn imports(&self, module: &str, name: &str) -> bool;

    /// Whether exports for hosts that lack functions replace others.
    fn instead(&self) -> bool {
        false
    }

    /// The name of `module` under the version that is imported, if it is another.
    fn renamed(&self, module: &str) -> Option<String>;
}

/// `adapter` as a component that exports what is needed.
pub(crate) fn component<A: Adapter>(adapter: &A) -> Result<Vec<u8>, Error> {
    encode(prepared(adapter, false)?, A::OFFERED.other())
}

/// The core module of `adapter` with what is needed, extended by `core`, to be linked to a guest.
pub(crate) fn linked<A: Adapter>(
    adapter: &A,
    core: &CoreModule,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    let is_used = |hook: &str| core.imports_table() || !hook.starts_with(link::HOOKS);
    let is_composed = |hook: &str| A::COMPOSED.iter().any(|name| hook.starts_with(name));
    let hook = |hook: &str| is_used(hook) && !is_composed(hook) && adapter.reaches(hook);
    let import = |module: &str, name: &str| adapter.imports(module, name);
    link::link(A::MODULE, core, &Keep::of_linked(&hook, &import, adapter.instead()), needs_realloc)
}

/// The world and the core module of `adapter` with what is needed; if it `links`, also with what
/// only linking uses.
pub(crate) fn prepared<A: Adapter>(adapter: &A, links: bool) -> Result<Prepared, Error> {
    let (needed, target) = (adapter.functions(), A::OFFERED.other());
    // The version of the WIT, of the world and of the module's exports.
    let version = versions::latest(A::OFFERED).to_string();
    let has_http = adapter.serves() || needed.keys().any(|interface| interface.starts_with("wasi:http/"));
    let catalogue = if has_http { Catalogue::all() } else { Catalogue::without_http() };
    let mut resolve = catalogue.resolve().clone();
    let for_service = adapter.serves().then(|| HTTP_TYPES.to_string());
    let exported = world::with_used(&resolve, needed.keys().cloned().chain(for_service), &version);
    if A::OFFERED == Generation::Wasi03 {
        world::without_async(&mut resolve);
    }
    resolve.push_str("private.wit", &adapter.private_wit()).map_err(Error::unsound)?;
    let private = adapter.private(&exported);
    let text = world::world_text(&resolve, target, &exported, &version, &private);
    let package = resolve.push_str("adapter.wit", &text).map_err(Error::unsound)?;
    let world = resolve.packages[package].worlds["adapter"];

    let mut core_exports = HashSet::new();
    for id in world::exported_interfaces(&resolve, world) {
        let name = resolve.id_of(id).unwrap_or_default();
        if name == A::CONTROL {
            resolve.interfaces[id].functions.retain(|function, _| adapter.needs_control(function));
        } else if !private.contains(&&name[..]) {
            let interface = name.split('@').next().unwrap_or_default();
            let none = BTreeSet::new();
            let mut offered = Offered::new(&mut resolve, id, needed.get(interface).unwrap_or(&none));
            adapter.extend(interface, &mut offered)?;
        }
        for function in resolve.interfaces[id].functions.keys() {
            core_exports.insert(format!("{name}#{function}"));
        }
    }
    let keep = Keep {
        copies: &adapter.copies(),
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
        hook: &|hook| adapter.reaches(hook),
        instead: adapter.instead(),
        import: &|module, name| module != link::BY_TABLE && adapter.imports(module, name),
        rename: &|module| adapter.renamed(module),
    };
    let module = prune::prune(A::MODULE, &keep)?;
    world::set_version(&mut resolve, target, adapter.version())?;
    Ok(Prepared { module, resolve, world })
}
