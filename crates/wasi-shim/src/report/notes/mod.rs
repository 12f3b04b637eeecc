//! Differences of an adapted component that users should know: notes with codes, and their
//! explanations.

mod table;

use std::collections::BTreeSet;
use std::fmt;

use super::metadata::Step;
use crate::Generation;
use crate::wasi::InterfaceName;

/// Something the user should know about an adapted component.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The code of the kind of note: `W0101`. [`explain`] tells more.
    pub code: &'static str,
    /// Whether the adapted component can behave otherwise than the original on a host of the
    /// original's generation.
    pub lossy: bool,
    /// The note as one line of text.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code, self.text)
    }
}

/// The meaning of a kind of note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The code: `W0101`.
    pub code: &'static str,
    /// In one line.
    pub title: &'static str,
    /// Whether behaviour can differ.
    pub lossy: bool,
    /// Whether the note asks users for a decision, so that they should read it whatever they do
    /// with the component.
    pub urgent: bool,
    /// The generation of the hosts that the note is about.
    #[serde(skip)]
    pub target: Generation,
    /// The facts that the note is about.
    pub meaning: &'static str,
    /// The behaviour of the adapted component.
    pub approximation: &'static str,
    /// Advice for the user.
    pub advice: &'static str,
    /// The functions that the note applies to, by interface without version; an empty list of
    /// functions stands for all of an interface. Empty for notes that depend on more than used
    /// functions.
    #[serde(skip)]
    pub applies: &'static [(&'static str, &'static [&'static str])],
}

impl Explanation {
    /// Whether the note is about interface `name`, given without version.
    pub fn concerns(&self, name: &str) -> bool {
        self.applies.iter().any(|(interface, _)| *interface == name)
    }
}

/// All kinds of notes, by code.
pub fn explanations() -> &'static [Explanation] {
    table::EXPLANATIONS
}

/// The meaning of `code`; `None` if there is no such code. Letter case does not matter.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    explanations().iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The note of kind `code` whose text is the title.
pub(crate) fn titled(code: &'static str) -> Note {
    note(code, explain(code).map(|explanation| explanation.title).unwrap_or_default())
}

/// The note on imports of an output that its component did not have: all that an adapter needs of
/// its own is the clock.
pub(crate) fn of_imports<'n>(
    before: impl IntoIterator<Item = &'n str>,
    after: impl IntoIterator<Item = &'n str>,
) -> Option<Note> {
    let is_clock = |import: &str| import.starts_with("wasi:clocks/monotonic-clock@");
    (after.into_iter().any(is_clock) && !before.into_iter().any(is_clock)).then(|| titled("W0219"))
}

/// The note on a component that has an adapter from `target` already, by its `history`: nothing but
/// its metadata tells what the original was.
pub(crate) fn of_history(history: &[Step], target: Generation) -> Option<Note> {
    let step = history.iter().rev().find(|step| step.is_adapted_to(target.other()))?;
    let names = step.imports.iter().chain(&step.exports).filter_map(|item| InterfaceName::parse(&item.name));
    let packages = names.filter(|name| name.generation() == Some(target));
    let packages: BTreeSet<String> = packages.map(|name| format!("{}@{}", name.package, name.version)).collect();
    let packages = packages.into_iter().collect::<Vec<_>>().join(", ");
    let code = match target {
        Generation::Wasi02 => "W0220",
        Generation::Wasi03 => "W0107",
    };
    let title = explain(code)?.title;
    Some(note(code, format!("{title}; the original, which uses {packages}, needs none")))
}

/// A note of kind `code`.
pub(crate) fn note(code: &'static str, text: impl Into<String>) -> Note {
    let lossy = explain(code).is_some_and(|explanation| explanation.lossy);
    Note { code, lossy, text: text.into() }
}

/// The notes that follow from the functions a component uses (interface without version, and name)
/// on a host of `target`.
pub(crate) fn of_functions<'n>(target: Generation, functions: impl Iterator<Item = (&'n str, &'n str)>) -> Vec<Note> {
    let used: Vec<(&str, &str)> = functions.collect();
    let applies = |explanation: &&Explanation| {
        explanation.target == target
            && explanation.applies.iter().any(|(interface, functions)| match functions {
                [] => used.iter().any(|(used, _)| used == interface),
                functions => functions.iter().any(|function| used.contains(&(*interface, *function))),
            })
    };
    explanations().iter().filter(applies).map(|explanation| note(explanation.code, explanation.title)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::Catalogue;

    #[test]
    fn codes_are_in_order_and_texts_complete() {
        for pair in explanations().windows(2) {
            assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
        }
        for explanation in explanations() {
            let Explanation { code, title, meaning, approximation, advice, target, .. } = explanation;
            let hundreds = if *target == Generation::Wasi03 { "W01" } else { "W02" };
            assert!(code.starts_with(hundreds) && code.len() == 5, "{code}");
            assert!(!title.ends_with('.'), "{code}");
            for text in [meaning, approximation, advice] {
                assert!(text.ends_with('.') && text.len() > 20, "{code}: {text}");
            }
        }
    }

    /// A note about a misspelt function would never be given.
    #[test]
    fn functions_exist() {
        let catalogue = Catalogue::all();
        let functions_of = |generation, interface: &str| -> Vec<String> {
            let found = catalogue.interface_ids(generation).filter(|(name, _)| name == interface);
            found.flat_map(|(_, id)| catalogue.resolve().interfaces[id].functions.keys().cloned()).collect()
        };
        for explanation in explanations() {
            let generation = explanation.target.other();
            for (interface, functions) in explanation.applies {
                let known = functions_of(generation, interface);
                assert!(!known.is_empty(), "{}: {interface}", explanation.code);
                for function in *functions {
                    assert!(
                        known.iter().any(|known| known == function),
                        "{}: {interface}#{function}",
                        explanation.code
                    );
                }
            }
        }
    }
}
