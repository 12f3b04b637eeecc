//! Why components are refused: obstacles with codes, and what each code means.

mod both;
mod to_wasi02;
mod to_wasi03;

pub(crate) use both::*;
pub(crate) use to_wasi02::*;
pub(crate) use to_wasi03::*;

use crate::Generation;
use crate::error::Obstacle;

/// A kind of [`Obstacle`], and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// The code: `E0101`.
    pub code: &'static str,
    /// In one line.
    pub title: &'static str,
    /// The text of an obstacle, with placeholders: `{interface}`.
    text: &'static str,
    /// Advice in one line, with the same placeholders, and `{subject}`.
    hint: &'static str,
    /// The construct, and where components have it.
    pub meaning: &'static str,
    /// The reason why the construct cannot be carried over.
    pub cause: &'static str,
    /// Advice in full.
    pub advice: &'static str,
}

impl Reason {
    /// The generation of the hosts that the reason is about; `None` stands for both.
    pub fn target(&self) -> Option<Generation> {
        match self.code.as_bytes().get(2) {
            Some(b'1') => Some(Generation::Wasi03),
            Some(b'2') => Some(Generation::Wasi02),
            _ => None,
        }
    }

    /// The text of an obstacle, with `…` for the placeholders.
    pub fn message(&self) -> String {
        filled(self.text, &|_| Some("…"))
    }

    /// The hint of an obstacle, with `…` for the placeholders.
    pub fn hint(&self) -> String {
        filled(self.hint, &|_| Some("…"))
    }

    /// The obstacle of this kind about `subject`, with `values` for the placeholders.
    pub(crate) fn of(&self, subject: impl Into<String>, values: &[(&str, &str)]) -> Obstacle {
        let subject = subject.into();
        let value = |name: &str| match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Some(*value),
            None => (name == "subject").then_some(&subject[..]),
        };
        let (reason, hint) = (filled(self.text, &value), filled(self.hint, &value));
        Obstacle { code: self.code, subject, reason, hint }
    }

    /// The obstacle of this kind with the title as its subject.
    pub(crate) fn itself(&self) -> Obstacle {
        self.of(self.title, &[])
    }
}

/// `template` with values for its placeholders, the names between braces.
fn filled<'v>(template: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> String {
    let pieces = template.split(['{', '}']).enumerate();
    let filled = pieces.map(|(at, piece)| match at % 2 {
        0 => piece.to_string(),
        _ => value(piece).map_or_else(|| format!("{{{piece}}}"), String::from),
    });
    filled.collect()
}

/// All reasons for which components are refused, by code.
pub fn reasons() -> impl Iterator<Item = &'static Reason> {
    [both::ALL, to_wasi03::ALL, to_wasi02::ALL].into_iter().flatten()
}

/// The reason with `code`; `None` if there is no such code. Letter case does not matter.
pub fn reason(code: &str) -> Option<&'static Reason> {
    reasons().find(|known| known.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_texts_complete() {
        assert!(reasons().zip(reasons().skip(1)).all(|(one, next)| one.code < next.code));
        for reason in reasons() {
            let Reason { code, title, text, hint, meaning, cause, advice } = *reason;
            assert!(code.len() == 5 && ["E00", "E01", "E02"].contains(&&code[..3]), "{code}");
            for line in [title, text, hint] {
                assert!(!line.is_empty() && !line.ends_with('.'), "{code}: {line}");
                assert_eq!(line.matches('{').count(), line.matches('}').count(), "{code}: {line}");
            }
            assert!(!title.contains('{'), "{code}");
            for paragraph in [meaning, cause, advice] {
                assert!(paragraph.trim_end_matches(')').ends_with('.') && paragraph.len() > 20, "{code}: {paragraph}");
            }
        }
    }

    #[test]
    fn values_are_taken_as_they_are() {
        let found = NOT_OF_WASI.of("wasi:a/b@0.2.0", &[("wasi", "WASI 0.2"), ("difference", "found `{wasi}`")]);
        assert_eq!(found.reason, "it differs from the interface of WASI 0.2: found `{wasi}`");
    }
}
