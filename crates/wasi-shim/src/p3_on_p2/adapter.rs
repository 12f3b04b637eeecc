//! Runtime R: the async component model and WASI 0.3 implemented on WASI 0.2.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use wit_parser::abi::AbiVariant;
use wit_parser::{FunctionKind, Resolve, Type, TypeDefKind};

#[cfg(test)]
use crate::adapter::Prepared;
use crate::adapter::{self, Adapter, Linked, Offered, PrivateHooks, Reach, is_list_of_bytes};
use crate::code::CoreModule;
use crate::p3_on_p2::{CONTROL, Control, EXCHANGE, Form, KEEPERS, Needs, SERVE, Transfer, Typed, exchange_function};
use crate::wasi::{self, Catalogue, EXIT_WITH_CODE, HTTP_TYPES};
use crate::{Error, Generation};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
pub(crate) const MODULE: &[u8] = include_bytes!("../../adapters/p3-on-p2.wasm");

/// The private interface between guest and R.
pub(crate) const CONTROL_WIT: &str = include_str!("../../wit/wasi-shim/p3-on-p2/control.wit");

/// The private interface behind an exported handler, in the same package.
const SERVE_WIT: &str = include_str!("../../wit/wasi-shim/p3-on-p2/serve.wit");

/// The package of all private interfaces.
#[cfg(test)]
pub(crate) const PRIVATE_WIT: [&str; 2] = [CONTROL_WIT, SERVE_WIT];

/// A function of the control interface, which parts of compositions call; it has hooks of its own,
/// like an interface.
const AS_PART: &str = "as-part";

/// The hooks of the module (`adapters/README.md`) that private interfaces and `as-part` need.
pub(crate) const PRIVATE: PrivateHooks = &[(AS_PART, &["parts/"]), (SERVE, &["dispatch/", "http-serve/"])];

/// The needs of a guest that uses all functions of the interfaces `names` (without versions).
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

/// Whether values of result type `ty` hold bytes that travel in chunks.
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
    adapter::component(&R::new(needs, wasi02)?)
}

/// R's core module with what `needs` says, extended by `core`, to be linked to a guest that imports
/// 0.2 under version `wasi02`.
pub(crate) fn link(
    needs: &Needs,
    wasi02: &str,
    core: &CoreModule,
    needs_realloc: &dyn Fn(&str, &str) -> bool,
) -> Result<Linked, Error> {
    adapter::linked(&R::new(needs, wasi02)?, core, needs_realloc)
}

/// All of R except what depends on a guest; its core module keeps the functions that only the
/// linked form uses.
#[cfg(test)]
pub(crate) fn all() -> Result<Prepared, Error> {
    let mut needs =
        needs_of(&wasi::table::adapted(Generation::Wasi03).map(|interface| interface.name.into()).collect());
    needs.control.extend(Control::ALL);
    needs.serve = true;
    adapter::prepared(&R::new(&needs, &exit_with_code().to_string())?, true)
}

/// The direction in which bytes of a stream move.
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

/// Whether a guest with these needs moves bytes in this direction, and does more than print.
pub(crate) fn moves(needs: &Needs, bulk: Bulk) -> bool {
    let hook = match bulk {
        Bulk::In => "sources/",
        Bulk::Out => "sinks/",
    };
    let reach = reach(needs);
    reach.hook("dispatch/") && reach.hook(hook)
}

/// The new name of import `name` of R, or of its core module's imports from `name`, if 0.2 is
/// imported under version `wasi02`; `None` if the name stays.
pub(crate) fn renamed(name: &str, wasi02: &str) -> Option<String> {
    let (interface, version) = name.split_once('@')?;
    (version.starts_with("0.2.") && version != wasi02).then(|| format!("{interface}@{wasi02}"))
}

/// R as needed by a guest that imports 0.2 under version `wasi02`.
struct R<'n> {
    needs: &'n Needs,
    wasi02: &'n str,
    version: Version,
    reach: Reach,
}

impl<'n> R<'n> {
    fn new(needs: &'n Needs, wasi02: &'n str) -> Result<R<'n>, Error> {
        let version = wasi02.parse().map_err(Error::unsound)?;
        Ok(R { needs, wasi02, version, reach: reach(needs) })
    }
}

impl Adapter for R<'_> {
    type Form = Form;

    const MODULE: &'static [u8] = MODULE;
    const OFFERED: Generation = Generation::Wasi03;
    const CONTROL: &'static str = CONTROL;
    const COMPOSED: &'static [&'static str] = &[];

    fn version(&self) -> &str {
        self.wasi02
    }

    fn functions(&self) -> &BTreeMap<String, BTreeSet<(String, Form)>> {
        &self.needs.interfaces
    }

    fn serves(&self) -> bool {
        self.needs.serve
    }

    fn private(&self, _exported: &BTreeSet<String>) -> Vec<&str> {
        let Needs { interfaces, typed, control, serve, carried, kept, .. } = self.needs;
        let is_split = interfaces.values().flatten().any(|(_, form)| *form != Form::Plain);
        let has_control = is_split || *serve || !typed.is_empty() || !control.is_empty();
        let exchange = (!carried.is_empty()).then_some(EXCHANGE);
        let private = [has_control.then_some(CONTROL), serve.then_some(SERVE), exchange];
        private.into_iter().flatten().chain(kept.iter().map(String::as_str)).collect()
    }

    fn private_wit(&self) -> String {
        let serve = if self.needs.serve { SERVE_WIT } else { "" };
        format!("{CONTROL_WIT}{serve}{}", self.needs.exchange)
    }

    fn needs_control(&self, name: &str) -> bool {
        Control::named(name).is_none_or(|function| self.needs.control.contains(&function))
    }

    /// The functions for values of streams and futures.
    fn extend(&self, interface: &str, offered: &mut Offered<'_>) -> Result<(), Error> {
        for (typed, transfer) in self.needs.typed.iter().filter(|(typed, _)| typed.interface() == interface) {
            if let Some(name) = typed.function(*transfer) {
                let function = typed.function_type(*transfer, offered)?;
                offered.add(name, function);
            }
        }
        Ok(())
    }

    fn copies(&self) -> Vec<(String, String)> {
        let carried = self.needs.carried.iter().map(|(number, transfer)| {
            let original = match transfer {
                Transfer::Take => "take",
                Transfer::Write => "put",
            };
            (format!("{EXCHANGE}#{original}"), format!("{EXCHANGE}#{}", exchange_function(*number, *transfer)))
        });
        let kept = self.needs.kept.iter().flat_map(|interface| {
            KEEPERS.map(|function| (format!("{EXCHANGE}#handle"), format!("{interface}#{function}")))
        });
        carried.chain(kept).collect()
    }

    fn reaches(&self, hook: &str) -> bool {
        self.reach.hook(hook)
    }

    fn imports(&self, module: &str, _name: &str) -> bool {
        self.reach.import(module)
    }

    /// Whether the host lacks `exit-with-code`.
    fn instead(&self) -> bool {
        self.version < exit_with_code()
    }

    fn renamed(&self, module: &str) -> Option<String> {
        renamed(module, self.wasi02)
    }
}

/// The hooks and imports of R's core module that a guest with these needs reaches.
fn reach(needs: &Needs) -> Reach {
    let typed = needs.typed.iter().map(|(typed, _)| typed.interface());
    let serve = needs.serve.then_some([HTTP_TYPES, SERVE]).into_iter().flatten();
    let parts = needs.control.contains(&Control::AsPart).then_some(AS_PART);
    Reach::of(Generation::Wasi03, &needs.interfaces, typed.chain(serve).chain(parts), PRIVATE)
}

/// The first version of 0.2 with `exit-with-code`.
fn exit_with_code() -> Version {
    wasi::since(EXIT_WITH_CODE.0, EXIT_WITH_CODE.1)
}
