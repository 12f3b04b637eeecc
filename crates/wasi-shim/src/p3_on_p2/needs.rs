//! The functions that runtime R must offer to a guest.

use std::collections::{BTreeMap, BTreeSet};

use super::exchange::PayloadNumber;
use super::payload::{Transfer, Typed};
use super::{Control, Form};

/// The functions and types that R must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions and their forms, by interface (without version).
    pub interfaces: BTreeMap<String, BTreeSet<(String, Form)>>,
    /// Functions that hand out and take values of streams and futures.
    pub typed: BTreeSet<(Typed, Transfer)>,
    pub control: BTreeSet<Control>,
    /// The guest's imports that R satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
    /// Whether the private interface of services is needed.
    pub serve: bool,
    /// The functions of the exchange, by payload number, and the WIT of its interface.
    pub carried: BTreeSet<(PayloadNumber, Transfer)>,
    pub exchange: String,
    /// The private interfaces that keep handles of R's resources while they travel.
    pub kept: BTreeSet<String>,
    /// Whether R is linked into the guest.
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

    /// The functions needed: interface (without version) and name.
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
