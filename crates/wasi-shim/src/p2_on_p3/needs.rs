//! The functions that adapter P must offer to a guest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Control, Form};

/// The functions and types that P must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions and their forms, by interface (without version). The set is empty if only the
    /// interface's types are needed.
    pub interfaces: BTreeMap<String, BTreeSet<(String, Form)>>,
    /// Functions of the control interface.
    pub control: BTreeSet<Control>,
    /// The guest's imports that P satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
    /// Whether the private interface of services is needed.
    pub serve: bool,
    /// Whether the private interface of services that hand requests on is needed.
    pub relay: bool,
    /// Whether P is linked into the guest.
    pub linked: bool,
}

impl Needs {
    /// Adds what another part needs.
    pub fn merge(&mut self, other: Needs) {
        for (interface, functions) in other.interfaces {
            self.interfaces.entry(interface).or_default().extend(functions);
        }
        self.control.extend(other.control);
        self.imports.extend(other.imports);
        self.serve |= other.serve;
        self.relay |= other.relay;
        self.linked |= other.linked;
    }

    /// Whether the guest needs no P.
    pub fn is_nothing(&self) -> bool {
        self.imports.is_empty() && self.control.is_empty()
    }

    /// The functions needed: interface (without version) and name.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &str)> {
        let interfaces = self.interfaces.iter();
        interfaces
            .flat_map(|(interface, functions)| functions.iter().map(|(name, _)| (interface.as_str(), name.as_str())))
    }
}
