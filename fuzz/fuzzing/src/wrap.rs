//! Any bytes: an error or a verified output, within bounds.

use arbitrary::{Result, Unstructured};
use wasi_shim::ReversionOptions;

use crate::generate::{bases, mutate, options, worlds};
use crate::{Outcomes, bounds, oracle};

/// Wraps bytes that are mostly made from a component by changes, and asks every other operation for
/// them.
///
/// # Panics
///
/// If an output is not what it has to be, or a refusal speaks of a fault of wasi-shim.
pub fn wrap(data: &[u8]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let _ = run(&mut Unstructured::new(data), &mut outcomes);
    outcomes
}

fn run(u: &mut Unstructured<'_>, outcomes: &mut Outcomes) -> Result<()> {
    let options = options::options(u)?;
    let input = match u.int_in_range(0..=15)? {
        // For fuzzers that bring components along.
        0 => u.bytes(u.len())?.to_vec(),
        1 => mutate::mutated(&bases::Base::new(worlds::component(u)?), u)?,
        2..=5 => mutate::mutated(bases::base(u)?, u)?,
        _ => mutate::valid(bases::base(u)?, u)?,
    };
    let valid = oracle::is_valid(&input);
    outcomes.push(if valid { "(valid)" } else { "(invalid)" }.into());
    if let Some(output) = oracle::wrap(&input, &options, valid, outcomes)
        && u.ratio(1, 4)?
    {
        let again = wasi_shim::wrap(&input, &options).unwrap();
        assert!(again.bytes == output, "another output for the same input");
    }
    let length = input.len();
    let mut quiet = Outcomes::new();
    match u.int_in_range(0..=3)? {
        0 => drop(oracle::judged(bounds::held(length, || wasi_shim::inspect::inspect(&input)), valid, &mut quiet)),
        1 => {
            let adapter = bounds::held(length, || wasi_shim::adapter_for(&input, &options));
            drop(oracle::judged(adapter, valid, &mut quiet));
        }
        2 => {
            let version = |patch: u64| semver::Version::new(0, if patch < 13 { 2 } else { 3 }, patch % 13);
            let (from, to) = (version(u.int_in_range(0..=15)?), version(u.int_in_range(0..=15)?));
            let reversion = ReversionOptions::new(vec![from], to);
            let output = bounds::held(length, || wasi_shim::reversion(&input, &reversion));
            if let Some(output) = oracle::judged(output, valid, &mut quiet) {
                assert!(!valid || oracle::is_valid(&output.bytes), "the output is not valid");
            }
        }
        _ => {
            let surface = bounds::held(length, || wasi_shim::Surface::of(&input));
            drop(oracle::judged(surface, valid, &mut quiet));
            drop(wasi_shim::history(&input));
        }
    }
    Ok(())
}
