//! Versions of WASI: which are the same by another name, and what `reversion` and `wrap` make of
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wasi_shim::Generation;
use wasi_shim::wasi::{CANDIDATES, Catalogue};
use wit_parser::{
    Function, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, UnresolvedPackageGroup,
};

/// Reads the packages of a folder of `wit/`.
fn packages(folder: &str) -> Resolve {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/wasi-shim/wit").join(folder);
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    for package in ["clocks", "random", "filesystem", "sockets", "cli", "http"] {
        let path = folder.join(format!("{package}.wit"));
        let text = std::fs::read_to_string(&path).unwrap();
        let group = UnresolvedPackageGroup::parse(&path, &text).unwrap_or_else(|(_, error)| panic!("{error}"));
        resolve.push_group(group).unwrap_or_else(|error| panic!("{folder:?}: {error:?}"));
    }
    resolve
}

/// The interfaces, by name without version, each with all that it exports: types by their
/// structure, wherever they are defined, and functions.
fn interfaces(resolve: &Resolve) -> BTreeMap<String, BTreeMap<String, String>> {
    let name = |id| resolve.id_of(id).unwrap().split('@').next().unwrap().to_string();
    let exports = |id: InterfaceId| {
        let interface = &resolve.interfaces[id];
        let types = interface.types.iter().map(|(name, id)| (name.clone(), structure(resolve, &Type::Id(*id))));
        let functions = interface.functions.iter().map(|(name, function)| (name.clone(), signature(resolve, function)));
        types.chain(functions).collect()
    };
    resolve.interfaces.iter().map(|(id, _)| (name(id), exports(id))).collect()
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let params = function.params.iter().map(|param| format!("{}: {}", param.name, structure(resolve, &param.ty)));
    let result = function.result.as_ref().map(|ty| structure(resolve, ty));
    let is_async = if function.kind.is_async() { "async " } else { "" };
    format!("{is_async}func({}) -> {}", params.collect::<Vec<_>>().join(", "), result.unwrap_or_default())
}

/// A type in words: all that it is made of, in order.
fn structure(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("{ty:?}").to_lowercase() };
    let of = |ty: &Type| structure(resolve, ty);
    let maybe = |ty: &Option<Type>| ty.as_ref().map_or("_".into(), of);
    match &resolve.types[*id].kind {
        TypeDefKind::Type(ty) => of(ty),
        TypeDefKind::Resource => format!("resource {}", owner(resolve, *id)),
        TypeDefKind::Handle(Handle::Own(id)) => format!("own<{}>", of(&Type::Id(*id))),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", of(&Type::Id(*id))),
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| format!("{}: {}", field.name, of(&field.ty)));
            format!("record {{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| format!("{}({})", case.name, maybe(&case.ty)));
            format!("variant {{ {} }}", cases.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Enum(cases) => {
            let cases = cases.cases.iter().map(|case| case.name.clone());
            format!("enum {{ {} }}", cases.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Flags(flags) => {
            let flags = flags.flags.iter().map(|flag| flag.name.clone());
            format!("flags {{ {} }}", flags.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Option(ty) => format!("option<{}>", of(ty)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", maybe(&result.ok), maybe(&result.err)),
        TypeDefKind::List(ty) => format!("list<{}>", of(ty)),
        TypeDefKind::Stream(ty) => format!("stream<{}>", maybe(ty)),
        TypeDefKind::Future(ty) => format!("future<{}>", maybe(ty)),
        other => panic!("WASI has no {other:?}"),
    }
}

/// A resource by the interface that defines it.
fn owner(resolve: &Resolve, id: TypeId) -> String {
    let def = &resolve.types[id];
    let TypeOwner::Interface(interface) = def.owner else { panic!("a resource of an interface") };
    let interface = resolve.id_of(interface).unwrap();
    format!("{}#{}", interface.split('@').next().unwrap(), def.name.as_deref().unwrap())
}

/// The interfaces of both that are the same, with the resources that they mention.
fn in_common(a: &str, b: &str) -> Vec<String> {
    let [mut a, b] = [a, b].map(|folder| interfaces(&packages(folder)));
    a.retain(|name, exports| b.get(name) == Some(exports));
    loop {
        let mentions = |exports: &BTreeMap<String, String>, other: &str| {
            exports.values().any(|export| export.contains(&format!("resource {other}#")))
        };
        let lost: Vec<String> = b.keys().filter(|name| !a.contains_key(*name)).cloned().collect();
        let before = a.len();
        a.retain(|_, exports| !lost.iter().any(|other| mentions(exports, other)));
        if a.len() == before {
            return a.into_keys().collect();
        }
    }
}

#[test]
fn releases_of_03_are_the_same() {
    let all = interfaces(&packages("0.3")).into_keys().collect::<Vec<_>>();
    assert_eq!(in_common("0.3", "versions/0.3.0"), all);
    assert_eq!(all.len(), Catalogue::all().interfaces(Generation::Wasi03).count());
}

#[test]
fn what_is_known_of_candidates_is_what_their_wit_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/wasi-shim/wit/versions");
    let folders = std::fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let folders: BTreeSet<String> = folders.filter(|version| version.contains("-rc-")).collect();
    let known: BTreeSet<String> = CANDIDATES.iter().map(|candidate| candidate.version.to_string()).collect();
    assert_eq!(folders, known);
    for candidate in CANDIDATES {
        let common = in_common("versions/0.3.0", &format!("versions/{}", candidate.version));
        assert_eq!(common, candidate.interfaces, "{}", candidate.version);
    }
}
