//! Prebuilt adapters: cut down to what one guest needs and encoded as components.

pub(crate) mod link;
pub(crate) mod prune;
pub(crate) mod template;

use std::collections::BTreeSet;

pub(crate) use link::{IMPORTS, Linked};
use wit_component::ComponentEncoder;
use wit_parser::{InterfaceId, Resolve, Tuple, Type, TypeDef, TypeDefKind, TypeOwner, WorldId, WorldItem};

use crate::component::{Component, ItemKind};
use crate::{Error, Generation, foreign, verify};

/// Prefix of exports that serve adapters which are linked to the guest, and no others.
pub(crate) const LINKED: &str = "linked:";

/// Interfaces (without version) and those whose types they use, all of version `version`.
pub(crate) fn with_used(resolve: &Resolve, names: impl Iterator<Item = String>, version: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut pending: Vec<String> = names.collect();
    while let Some(name) = pending.pop() {
        let versioned = format!("{name}@{version}");
        let mut ids = resolve.interfaces.iter().map(|(id, _)| id);
        let Some(id) = ids.find(|id| resolve.id_of(*id).as_ref() == Some(&versioned)) else { continue };
        if all.insert(name) {
            for used in resolve.interface_direct_deps(id) {
                let used = resolve.id_of(used).unwrap_or_default();
                pending.extend(used.split('@').next().map(String::from));
            }
        }
    }
    all
}

/// The world of an adapter that exports `exported` and the interfaces `private`. It may import all of WASI 0.`imports`, of which
/// the encoder keeps what the module uses.
pub(crate) fn world_text(
    resolve: &Resolve,
    imports: u64,
    exported: &BTreeSet<String>,
    version: &str,
    private: &[&str],
) -> String {
    let mut text = String::from("package wasi-shim:adapter;\nworld adapter {\n");
    for (id, interface) in resolve.interfaces.iter() {
        let (Some(name), Some(package)) = (resolve.id_of(id), interface.package) else { continue };
        let minor = resolve.packages[package].name.version.as_ref().map(|version| version.minor);
        if minor == Some(imports) && !name.starts_with("wasi:cli/run@") {
            text += &format!("  import {name};\n");
        }
    }
    for name in exported {
        text += &format!("  export {name}@{version};\n");
    }
    for name in private {
        text += &format!("  export {name};\n");
    }
    text + "}\n"
}

/// The interfaces that `world` exports.
pub(crate) fn exported_interfaces(resolve: &Resolve, world: WorldId) -> Vec<InterfaceId> {
    let exports = resolve.worlds[world].exports.values();
    exports
        .filter_map(|item| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            _ => None,
        })
        .collect()
}

/// Names the packages of WASI 0.`minor` by `version`, whatever version their text has.
pub(crate) fn set_version(resolve: &mut Resolve, minor: u64, version: &str) -> Result<(), Error> {
    let version: semver::Version = version.parse().map_err(Error::unsound)?;
    for (_, package) in resolve.packages.iter_mut() {
        if package.name.version.as_ref().is_some_and(|known| known.minor == minor) {
            package.name.version = Some(version.clone());
        }
    }
    Ok(())
}

/// A core module, and its world.
pub(crate) struct Prepared {
    pub module: Vec<u8>,
    pub resolve: Resolve,
    pub world: WorldId,
}

/// The module as a component for hosts of `target`.
pub(crate) fn encode(prepared: Prepared, target: Generation) -> Result<Vec<u8>, Error> {
    let Prepared { mut module, resolve, world } = prepared;
    let encoded = foreign::call("wit-component", || {
        wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
            .and_then(|()| ComponentEncoder::default().module(&module)?.encode())
            .map_err(|error| Error::unsound(format!("{error:#}")))
    });
    without_names(&encoded?, target)
}

/// The component without its debug names, which would be a fifth of it and which no backtrace shows.
fn without_names(component: &[u8], target: Generation) -> Result<Vec<u8>, Error> {
    let mut component = Component::decode(component, verify::features(target))?;
    component.items.retain(|item| !matches!(item.kind, ItemKind::Names));
    component.encode().map_err(Error::unsound)
}

/// A new type without a name.
pub(crate) fn define(resolve: &mut Resolve, kind: TypeDefKind) -> Type {
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

pub(crate) fn is_list_of_bytes(resolve: &Resolve, ty: &Type) -> bool {
    matches!(ty, Type::Id(id) if resolve.types[*id].kind == TypeDefKind::List(Type::U8))
}

/// What bytes travel in.
pub(crate) fn list_of_chunks(resolve: &mut Resolve) -> Type {
    let chunk = define(resolve, TypeDefKind::Tuple(Tuple { types: vec![Type::U64; 8] }));
    define(resolve, TypeDefKind::List(chunk))
}
