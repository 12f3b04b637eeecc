//! The functions that runtime R must offer to a guest.

use std::collections::{BTreeMap, BTreeSet};

use super::payload::{Transfer, Typed};
use super::{Control, Form};

/// What runtime R must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions by interface without version, and in which form.
    pub interfaces: BTreeMap<String, BTreeSet<(String, Form)>>,
    /// Functions that hand out and take values.
    pub typed: BTreeSet<(Typed, Transfer)>,
    pub control: BTreeSet<Control>,
    /// The guest's imports that R satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
    /// Whether the interface of services is needed.
    pub serve: bool,
    /// What is put and taken of the values that travel between parts, by number, and the text of the interface for that.
    pub carried: BTreeSet<(u32, Transfer)>,
    pub courier: String,
    /// The interfaces for resources of R's whose handles travel.
    pub kept: BTreeSet<String>,
    /// Whether all of it is in the guest.
    pub linked: bool,
}

impl Needs {
    /// Adds what another part needs.
    pub fn merge(&mut self, other: &Needs) {
        for (interface, functions) in &other.interfaces {
            self.interfaces.entry(interface.clone()).or_default().extend(functions.iter().cloned());
        }
        self.typed.extend(&other.typed);
        self.control.extend(&other.control);
        self.imports.extend(other.imports.iter().cloned());
        self.serve |= other.serve;
        self.linked |= other.linked;
        self.carried.extend(&other.carried);
        self.kept.extend(other.kept.iter().cloned());
    }

    /// The functions that are needed: interface without version, and name.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &str)> {
        let interfaces = self.interfaces.iter();
        interfaces
            .flat_map(|(interface, functions)| functions.iter().map(|(name, _)| (interface.as_str(), name.as_str())))
    }

    /// Whether the guest needs no R.
    pub fn is_nothing(&self) -> bool {
        self.imports.is_empty() && self.control.is_empty()
    }
}
