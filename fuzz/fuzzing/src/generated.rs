//! Components of random worlds: wrapped, or refused by name.

use arbitrary::{Result, Unstructured};

use crate::generate::{options, worlds};
use crate::{Outcomes, oracle};

/// Wraps the component of a random world, and the output back.
///
/// # Panics
///
/// If an output is not what it has to be, or a refusal is not one of a valid component.
pub fn generated(data: &[u8]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let _ = run(&mut Unstructured::new(data), &mut outcomes);
    outcomes
}

fn run(u: &mut Unstructured<'_>, outcomes: &mut Outcomes) -> Result<()> {
    let mut options = options::options(u)?;
    let input = worlds::component(u)?;
    if !oracle::is_valid(&input) {
        outcomes.push("(invalid)".into());
        return Ok(());
    }
    let Some(output) = oracle::wrap(&input, &options, true, outcomes) else { return Ok(()) };
    options.to = options.to.map(wasi_shim::Generation::other);
    let mut back = Outcomes::new();
    oracle::wrap(&output, &options, true, &mut back);
    outcomes.extend(back.into_iter().map(|outcome| format!("back: {outcome}")));
    Ok(())
}
