//! Maps by indices and ids. Nobody chooses these numbers, so the maps need no protection against
//! keys that are chosen to collide, for which the hasher of the standard library takes longer.

use std::collections::{HashMap, HashSet};

/// Always the same: outputs are deterministic even where a map is walked.
pub(crate) type IdState = foldhash::fast::FixedState;

/// A map by indices or ids.
pub(crate) type IdMap<K, V> = HashMap<K, V, IdState>;

/// A set of indices or ids.
pub(crate) type IdSet<K> = HashSet<K, IdState>;
