//! The whole tool as one function: a component in, an adapted component out.

use crate::component::{Arena, Component, ItemKind, Sort};
use crate::wasi::{Generation, InterfaceName};
use crate::{Error, adapter, compose, p2_on_p3, p3_on_p2, types, verify};

/// The WASI generation that an adapted component may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// WASI 0.2: resources of `wasi:io`, no async types.
    Wasi02,
    /// WASI 0.3: `future`, `stream` and `async func`.
    Wasi03,
}

impl Target {
    /// The generation in words: `WASI 0.2`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Wasi02 => "WASI 0.2",
            Target::Wasi03 => "WASI 0.3",
        }
    }
}

/// How [`wrap`] adapts a component.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WrapOptions {
    /// The generation to adapt to; `None` stands for 0.3.
    pub to: Option<Target>,
}

/// Something the user should know about an adapted component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The note as one line of text.
    pub text: String,
}

/// The outcome of [`wrap`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wrapped {
    /// The adapted component: validated, deterministic for the same input and options.
    pub bytes: Vec<u8>,
    /// The generation it was adapted to.
    pub target: Target,
    /// What the user should know, in a deterministic order.
    pub notes: Vec<Note>,
}

/// Adapts `component`, a binary WebAssembly component, to the generation that `options` name.
///
/// # Errors
///
/// [`Error`] when the input is not a component, is already for the target, or contains
/// something that the target cannot express; nothing is returned half-adapted.
pub fn wrap(component: &[u8], options: &WrapOptions) -> Result<Wrapped, Error> {
    match options.to.unwrap_or(Target::Wasi03) {
        Target::Wasi03 => to_wasi03(component),
        Target::Wasi02 => to_wasi02(component),
    }
}

/// The version under which 0.2 is imported and exported unless the component names another one.
const WASI02: &str = "0.2.0";

fn to_wasi02(bytes: &[u8]) -> Result<Wrapped, Error> {
    let arena = Arena::default();
    let component = Component::decode(bytes, verify::features(Target::Wasi03))?;
    let names = component.imports().map(|(_, import)| import.name.name);
    let names: Vec<InterfaceName> =
        names.chain(component.exports().map(|export| export.name.name)).filter_map(InterfaceName::parse).collect();
    if !names.iter().any(|name| name.generation() == Some(Generation::Wasi03)) {
        return Err(Error::AlreadyForTarget(Target::Wasi02));
    }
    let wasi02 = names.iter().filter(|name| name.generation() == Some(Generation::Wasi02)).map(|name| &name.version);
    let wasi02 = wasi02.max().map_or(WASI02.to_string(), |version| version.to_string());

    let obstacles = p3_on_p2::obstacles(&component);
    if !obstacles.is_empty() {
        return Err(Error::Obstacles(obstacles));
    }
    let guest = p3_on_p2::adapt(component, &arena, &wasi02)?;
    let notes = notes(guest.needs.interfaces.iter().map(|(name, functions)| (name, functions.is_empty())), &[]);
    let adapter = adapter::p3_on_p2::component(&guest.needs, &wasi02)?;
    let output = compose::compose(&guest.bytes, &adapter, &guest.needs.imports)?;
    verify::verify(bytes, &output, Target::Wasi02, &|name| name.generation() == Some(Generation::Wasi03))?;
    Ok(Wrapped { bytes: output, target: Target::Wasi02, notes })
}

/// The version under which 0.3 is imported and exported unless the component names another one.
const WASI03: &str = "0.3.0";

fn to_wasi03(bytes: &[u8]) -> Result<Wrapped, Error> {
    let arena = Arena::default();
    let component = Component::decode(bytes, verify::features(Target::Wasi03))?;
    let names = component.imports().map(|(_, import)| import.name.name);
    let names: Vec<InterfaceName> =
        names.chain(component.exports().map(|export| export.name.name)).filter_map(InterfaceName::parse).collect();
    if !names.iter().any(|name| name.generation() == Some(Generation::Wasi02)) {
        return Err(Error::AlreadyForTarget(Target::Wasi03));
    }
    let wasi03 =
        names.iter().filter(|name| name.generation() == Some(Generation::Wasi03)).map(|name| &name.version).max();
    let wasi03 = wasi03.map_or(WASI03.to_string(), |version| version.to_string());

    let obstacles = p2_on_p3::obstacles(&component);
    if !obstacles.is_empty() {
        return Err(Error::Obstacles(obstacles));
    }
    let own = own_exports(&component);
    let guest = p2_on_p3::adapt(component, &arena, &wasi03)?;
    let waits = guest.needs.interfaces.iter().any(|(name, functions)| {
        functions.iter().any(|function| p2_on_p3::split::is_start(function)) && !name.starts_with("wasi:sockets/")
    });
    let own = if waits { own } else { Vec::new() };
    let notes = notes(guest.needs.interfaces.iter().map(|(name, functions)| (name, functions.is_empty())), &own);
    let output = if guest.needs.imports.is_empty() {
        guest.bytes
    } else {
        let adapter = adapter::p2_on_p3::component(&guest.needs, &wasi03)?;
        compose::compose(&guest.bytes, &adapter, &guest.needs.imports)?
    };
    verify::verify(bytes, &output, Target::Wasi03, &|name| adapter::p2_on_p3::has_interface(&name.unversioned()))?;
    Ok(Wrapped { bytes: output, target: Target::Wasi03, notes })
}

/// The exports that are not WASI's and have functions that are not async.
fn own_exports(component: &Component<'_>) -> Vec<String> {
    let exports = component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Export(export), Some(def)) => Some((export.name.name, def)),
        _ => None,
    });
    exports
        .filter(|(name, _)| !name.starts_with("wasi:"))
        .filter(|(_, def)| matches!(def.sort, Sort::Func | Sort::Instance))
        .filter(|(_, def)| !types::is_async(component.validated(), *def))
        .map(|(name, _)| name.to_string())
        .collect()
}

/// What the user should know: interfaces that only answer that they are not supported, and exports in which a call may
/// not wait.
fn notes<'n>(interfaces: impl Iterator<Item = (&'n String, bool)>, sync_exports: &[String]) -> Vec<Note> {
    let mut texts = Vec::new();
    let mut interfaces = interfaces;
    if interfaces.any(|(name, unused)| name.starts_with("wasi:sockets/") && !unused) {
        texts.push("`wasi:sockets` is imported: its functions will answer `not-supported`".to_string());
    }
    texts.extend(sync_exports.iter().map(|export| {
        format!("export `{export}` keeps its type, which is not async: a call in it that has to wait will trap")
    }));
    texts.into_iter().map(|text| Note { text }).collect()
}
