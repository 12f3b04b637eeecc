//! Maps by indices and ids, numbers that nobody chooses: the hasher of the standard library takes longer, for keys that somebody may choose
//! so that they collide.

use std::collections::{HashMap, HashSet};

/// Always the same: outputs are deterministic even where a map is walked.
pub(crate) type IdState = foldhash::fast::FixedState;

/// A map by indices or ids.
pub(crate) type IdMap<K, V> = HashMap<K, V, IdState>;

/// A set of indices or ids.
pub(crate) type IdSet<K> = HashSet<K, IdState>;
