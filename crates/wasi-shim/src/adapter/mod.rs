//! Prebuilt adapters, reduced to the functions that one guest needs and encoded as components.

#[cfg(test)]
mod blessed;
pub(crate) mod control;
pub(crate) mod link;
mod prepare;
mod prune;
mod reach;
pub(crate) mod service;
pub(crate) mod template;
mod world;

pub(crate) use link::{IMPORTS, Linked};
#[cfg(test)]
pub(crate) use prepare::prepared;
pub(crate) use prepare::{Adapter, component, linked};
pub(crate) use reach::{PrivateHooks, Reach};
use wit_component::ComponentEncoder;
use wit_parser::{Resolve, WorldId};
pub(crate) use world::{Offered, is_list_of_bytes};

use crate::component::{Component, ItemKind};
use crate::{Error, Generation, foreign, verify};

/// A core module, and its world.
pub(crate) struct Prepared {
    pub module: Vec<u8>,
    pub resolve: Resolve,
    pub world: WorldId,
}

/// The module as a component for hosts of `target`.
fn encode(prepared: Prepared, target: Generation) -> Result<Vec<u8>, Error> {
    let Prepared { mut module, resolve, world } = prepared;
    let encoded = foreign::call("wit-component", || {
        wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
            .and_then(|()| ComponentEncoder::default().module(&module)?.encode())
            .map_err(|error| Error::unsound(format!("{error:#}")))
    });
    without_names(&encoded?, target)
}

/// The component without its debug names, which would be a fifth of it and which no backtrace
/// shows.
fn without_names(component: &[u8], target: Generation) -> Result<Vec<u8>, Error> {
    let mut component = Component::decode(component, verify::features(target))?;
    component.items.retain(|item| !matches!(item.kind, ItemKind::Names));
    component.encode().map_err(Error::unsound)
}
