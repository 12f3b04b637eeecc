//! Decoding and encoding again changes nothing but the encoding.

use arbitrary::{Result, Unstructured};

use crate::generate::{bases, mutate, worlds};
use crate::{Outcomes, bounds, oracle};

/// Decodes and encodes a valid component.
///
/// # Panics
///
/// If the result is not valid, or does not print the same.
pub fn roundtrip(data: &[u8]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let _ = run(&mut Unstructured::new(data), &mut outcomes);
    outcomes
}

fn run(u: &mut Unstructured<'_>, outcomes: &mut Outcomes) -> Result<()> {
    let (kind, input) = match u.int_in_range(0..=7)? {
        0 => ("bytes", u.bytes(u.len())?.to_vec()),
        1 | 2 => ("world", worlds::component(u)?),
        3 => ("smith", wasm_smith::Component::new(wasm_smith::Config::default(), u)?.to_bytes()),
        _ => ("changed", mutate::valid(bases::base(u)?, u)?),
    };
    if !oracle::is_valid(&input) {
        outcomes.push(format!("({kind}: invalid)"));
        return Ok(());
    }
    oracle::kept(&[&input], &Default::default());
    let output = bounds::held(input.len(), || wasi_shim::fuzzing::roundtrip(&input));
    let Some(output) = oracle::judged(output, true, &mut Outcomes::new()) else {
        outcomes.push(format!("{kind}: refused"));
        return Ok(());
    };
    assert!(oracle::is_valid(&output), "the result is not valid");
    // Debug names that a toolchain would not write need not last. Outputs that cannot be printed
    // are valid all the same.
    let named = |bytes: &Vec<u8>| if kind == "changed" { mutate::without_names(bytes) } else { bytes.clone() };
    let print = |bytes: &Vec<u8>| wasmprinter::print_bytes(named(bytes)).unwrap_or_default();
    let (before, after) = (print(&input), print(&output));
    let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    assert!(before == after, "it prints differently: {differs:?}");
    outcomes.push(format!("{kind}: same"));
    Ok(())
}
