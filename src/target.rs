//! The hosts that a command adapts for, as arguments: a generation of WASI, or a version of it.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use wasi_shim::{Generation, WrapOptions};

use super::Usage;

/// The value of `--to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub generation: Generation,
    /// The N of 0.2.N. All 0.3.N are 0.3: a component for 0.3.0 runs on hosts of each.
    patch: Option<u64>,
}

impl Target {
    fn parse(text: &str) -> Option<Target> {
        Generation::ALL.into_iter().find_map(|generation| {
            let number = generation.number();
            if text == number || names(generation).contains(&text) {
                return Some(Target { generation, patch: None });
            }
            let patch = text.strip_prefix(number)?.strip_prefix('.')?.parse().ok()?;
            Some(Target { generation, patch: Some(patch).filter(|_| generation == Generation::Wasi02) })
        })
    }
}

/// The names of a generation's targets in toolchains.
fn names(generation: Generation) -> [&'static str; 2] {
    match generation {
        Generation::Wasi02 => ["p2", "wasip2"],
        Generation::Wasi03 => ["p3", "wasip3"],
    }
}

/// Sets the target of `options`: the values of `--to` and `--wasi-patch`.
pub fn set(options: &mut WrapOptions, to: Option<Target>, wasi_patch: Option<u64>) -> Result<(), Usage> {
    let contradiction = |what: &str| Usage { what: what.into(), hint: "leave out one of them".into() };
    let to_patch = to.and_then(|to| to.patch);
    options.to = to.map(|to| to.generation);
    options.wasi_patch = to_patch.or(wasi_patch);
    if wasi_patch.is_some() && options.to == Some(Generation::Wasi03) {
        return Err(contradiction("`--wasi-patch` chooses a version of WASI 0.2, which `--to 0.3` does without"));
    }
    if wasi_patch.is_some_and(|patch| to_patch.is_some_and(|to| to != patch)) {
        return Err(contradiction("`--to` and `--wasi-patch` name two versions of WASI 0.2"));
    }
    Ok(())
}

/// Reads a [`Target`].
pub fn target() -> impl TypedValueParser<Value = Target> {
    TargetParser
}

/// A parser that completions know the usual values of, although there are others.
#[derive(Clone)]
struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Target, clap::Error> {
        let parse = |text: &str| {
            Target::parse(text).ok_or("expected 0.2, 0.3, p2, p3, wasip2, wasip3, or a version as in 0.2.6")
        };
        parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(values()))
    }
}

/// Reads a generation, without its version.
#[cfg(feature = "hosts")]
pub fn generation() -> impl TypedValueParser<Value = Generation> {
    clap::builder::PossibleValuesParser::new(values())
        .map(|name| Target::parse(&name).expect("the parser lets only these names pass").generation)
}

fn values() -> impl Iterator<Item = PossibleValue> {
    Generation::ALL.into_iter().map(|generation| PossibleValue::new(generation.number()).aliases(names(generation)))
}

/// Reads a version of WASI 0.2.
pub fn patch(text: &str) -> Result<u64, String> {
    let target = Target::parse(text).and_then(|target| target.patch);
    target.ok_or_else(|| "expected 0.2.N, for example 0.2.6".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_targets() {
        let read = |text: &str| Target::parse(text).map(|target| (target.generation, target.patch));
        for text in ["0.2", "p2", "wasip2"] {
            assert_eq!(read(text), Some((Generation::Wasi02, None)));
        }
        for text in ["0.3", "p3", "wasip3", "0.3.0", "0.3.1"] {
            assert_eq!(read(text), Some((Generation::Wasi03, None)));
        }
        assert_eq!(read("0.2.12"), Some((Generation::Wasi02, Some(12))));
        for text in ["", "0", "0.4", "0.2.", "0.2.x", "0.2.1.1", "0.3.0-rc-2026-03-15", "p1", "P2", "02"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
