//! Runtime R: the async component model and WASI 0.3 implemented on WASI 0.2.

use std::collections::{BTreeSet, HashSet};

use wit_parser::{Function, FunctionKind, InterfaceId, Param, Resolve, Type, TypeDef, TypeDefKind, TypeOwner};

use super::prune::{self, Keep};
use super::{exported_interfaces, set_version, with_used, without_names};
use crate::p3_on_p2::{CONTROL, Control, Form, Needs, Typed};
use crate::{Error, Target, wasi};

/// The prebuilt core module; `adapters/build.sh` rebuilds it.
const MODULE: &[u8] = include_bytes!("../../adapters/p3-on-p2.wasm");

/// The private interface between guest and R.
const CONTROL_WIT: &str = include_str!("../../adapters/p3-on-p2/control.wit");

/// The versions under which R's core module exports 0.3 and imports 0.2.
const EXPORTED: &str = "0.3.2";
const IMPORTED: &str = "0.2.0";

/// The interfaces of 0.3 that R exports, each with the interfaces of 0.2 that it may call besides `wasi:io`.
const INTERFACES: &[(&str, &[&str])] = &[
    ("wasi:clocks/types", &[]),
    ("wasi:clocks/monotonic-clock", &["wasi:clocks/monotonic-clock"]),
    ("wasi:clocks/system-clock", &["wasi:clocks/wall-clock"]),
    ("wasi:clocks/timezone", &[]),
    ("wasi:random/random", &["wasi:random/random"]),
    ("wasi:random/insecure", &["wasi:random/insecure"]),
    ("wasi:random/insecure-seed", &["wasi:random/insecure-seed"]),
    ("wasi:cli/types", &[]),
    ("wasi:cli/environment", &["wasi:cli/environment"]),
    ("wasi:cli/exit", &["wasi:cli/exit"]),
    ("wasi:cli/stdin", &["wasi:cli/stdin"]),
    ("wasi:cli/stdout", &["wasi:cli/stdout"]),
    ("wasi:cli/stderr", &["wasi:cli/stderr"]),
    ("wasi:cli/terminal-input", &["wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-output", &["wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stdin", &["wasi:cli/terminal-stdin", "wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-stdout", &["wasi:cli/terminal-stdout", "wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stderr", &["wasi:cli/terminal-stderr", "wasi:cli/terminal-output"]),
    ("wasi:filesystem/types", &["wasi:filesystem/types"]),
    ("wasi:filesystem/preopens", &["wasi:filesystem/preopens", "wasi:filesystem/types"]),
    ("wasi:sockets/types", &[]),
    ("wasi:sockets/ip-name-lookup", &[]),
];

/// Parts of the module (see `adapters/README.md`), by the beginning of their names, each with the interfaces of 0.3
/// that need it.
const PARTS: &[(&str, &[&str])] = &[
    ("pump-in/", &["wasi:cli/stdin", "wasi:filesystem/types"]),
    ("pump-out/", &["wasi:cli/stdout", "wasi:cli/stderr", "wasi:filesystem/types"]),
    ("timers/", &["wasi:clocks/monotonic-clock"]),
    ("filesystem/", &["wasi:filesystem/types"]),
];

/// The first version of 0.2 with `exit-with-code`.
const EXIT_WITH_CODE: semver::Version = semver::Version::new(0, 2, 12);

/// Whether R implements `interface` (without version).
pub(crate) fn has_interface(interface: &str) -> bool {
    INTERFACES.iter().any(|(name, _)| *name == interface)
}

/// R as a component that exports what `needs` says and imports 0.2 under version `wasi02`.
pub(crate) fn component(needs: &Needs, wasi02: &str) -> Result<Vec<u8>, Error> {
    let mut resolve = wasi::Catalogue::without(&["wasi:http"]).into_resolve();
    let exported = with_used(&resolve, needs.interfaces.keys().cloned(), EXPORTED);
    let used: HashSet<&str> = needs
        .interfaces
        .iter()
        .filter(|(_, functions)| !functions.is_empty())
        .map(|(interface, _)| interface.as_str())
        .collect();
    let reached: HashSet<&str> = INTERFACES
        .iter()
        .filter(|(name, _)| used.contains(*name))
        .flat_map(|(_, imports)| imports.iter().copied())
        .collect();

    let version: semver::Version = wasi02.parse().map_err(Error::unsound)?;
    without_async(&mut resolve);
    resolve.push_str("control.wit", CONTROL_WIT).map_err(Error::unsound)?;
    let world = super::world_text(&resolve, 2, &exported, EXPORTED, &[CONTROL]);
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
        } else {
            select_functions(&mut resolve, id, name.split('@').next().unwrap_or_default(), needs);
        }
        for function in resolve.interfaces[id].functions.keys() {
            core_exports.insert(format!("{name}#{function}"));
        }
    }
    let keep = Keep {
        export: &|export| {
            let function = export.strip_prefix("cabi_post_").unwrap_or(export);
            match function.split_once("#[dtor]") {
                Some((interface, _)) => exported.contains(interface.split('@').next().unwrap_or_default()),
                None => core_exports.contains(function) || !export.contains('#'),
            }
        },
        part: &|part| {
            let needed_by = PARTS.iter().find(|(name, _)| part.starts_with(name)).map(|(_, interfaces)| interfaces);
            needed_by.is_none_or(|interfaces| interfaces.iter().any(|name| used.contains(*name)))
        },
        instead: version < EXIT_WITH_CODE,
        import: &|module| match module.strip_suffix(&format!("@{IMPORTED}")) {
            Some(interface) => interface.starts_with("wasi:io/") || reached.contains(interface),
            None => true,
        },
        rename: &|module| {
            let interface = module.strip_suffix(&format!("@{IMPORTED}"))?;
            (wasi02 != IMPORTED).then(|| format!("{interface}@{wasi02}"))
        },
    };
    let mut module = prune::prune(MODULE, &keep)?;
    set_version(&mut resolve, 2, wasi02)?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
        .map_err(Error::unsound)?;
    let mut encoder = wit_component::ComponentEncoder::default();
    let encoded = encoder.module(&module).and_then(|encoder| encoder.encode());
    let encoded = encoded.map_err(|error| Error::unsound(format!("{error:#}")))?;
    without_names(&encoded, Target::Wasi02)
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
    let typed: BTreeSet<Typed> = needs.typed.iter().copied().filter(|typed| typed.function().0 == interface).collect();
    for typed in typed {
        let (name, is_error) = typed.payload();
        let mut element = Type::Id(resolve.interfaces[id].types[name]);
        if is_error {
            let result = wit_parser::Result_ { ok: None, err: Some(element) };
            element = define(resolve, TypeDefKind::Result(result));
        }
        let list = define(resolve, TypeDefKind::List(element));
        selected.push(Function {
            name: typed.function().1.into(),
            kind: FunctionKind::Freestanding,
            params: vec![param("end", Type::U32)],
            result: Some(list),
            docs: Default::default(),
            stability: Default::default(),
            span: Default::default(),
            external_id: Default::default(),
        });
    }
    resolve.interfaces[id].functions = selected.into_iter().map(|function| (function.name.clone(), function)).collect();
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
        Form::StartByList => {
            let types = function.params.iter().map(|param| param.ty).collect();
            let tuple = define(resolve, TypeDefKind::Tuple(wit_parser::Tuple { types }));
            let list = define(resolve, TypeDefKind::List(tuple));
            new.params = vec![param("params", list), param("cookie", Type::U64)];
            new.result = Some(Type::U32);
            new.kind = is_static(new.kind);
        }
        Form::Finish => {
            new.params = vec![param("subtask", Type::U32)];
            new.kind = is_static(new.kind);
        }
    }
    new
}

fn param(name: &str, ty: Type) -> Param {
    Param { name: name.into(), ty, span: Default::default() }
}

fn define(resolve: &mut Resolve, kind: TypeDefKind) -> Type {
    Type::Id(resolve.types.alloc(TypeDef {
        name: None,
        kind,
        owner: TypeOwner::None,
        docs: Default::default(),
        stability: Default::default(),
        span: Default::default(),
        external_id: Default::default(),
    }))
}
