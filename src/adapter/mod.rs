//! Prebuilt adapters: cut down to what one guest needs and encoded as components.

pub(crate) mod p2_on_p3;
mod prune;
