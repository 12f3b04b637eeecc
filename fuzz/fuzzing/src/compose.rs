//! Chains of components that import from each other.

use std::fmt::Write;

use arbitrary::{Result, Unstructured};

use crate::generate::wit::{Style, Wasi, package};
use crate::generate::{options, worlds};
use crate::{Outcomes, bounds, oracle};

/// Composes two to four components of random worlds, and wraps what comes of it.
///
/// # Panics
///
/// If an output is not what it has to be, or a refusal is not one of valid components.
pub fn compose(data: &[u8]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let _ = run(&mut Unstructured::new(data), &mut outcomes);
    outcomes
}

fn run(u: &mut Unstructured<'_>, outcomes: &mut Outcomes) -> Result<()> {
    let options = options::options(u)?;
    let wasi = Wasi::any(u)?;
    let style = Style::new(u)?;
    let count = u.int_in_range(1..=4)?;
    let package = package(u, wasi, style, count)?;
    // The interfaces that components before import and none behind exports yet.
    let mut open: Vec<&String> = Vec::new();
    let mut components = Vec::new();
    let most = u.int_in_range(2..=4)?;
    for at in 0..most {
        let mut world = worlds::of_wasi(u, wasi)?;
        for interface in std::mem::take(&mut open) {
            // The last one has all that is left.
            if at + 1 == most || u.ratio(2, 3)? {
                let _ = writeln!(world, "  export {interface};");
            } else {
                open.push(interface);
            }
        }
        if at + 1 < most {
            for interface in &package.interfaces {
                if u.arbitrary()? && !open.contains(&interface) {
                    let _ = writeln!(world, "  import {interface};");
                    open.push(interface);
                }
            }
        }
        let text = format!("package fuzz:generated@0.1.0;\n{}world w {{\n{world}}}\n", package.text);
        let (resolve, world) = worlds::select(wasi.resolve.clone(), &text)?;
        let component = worlds::encode(u, resolve, world)?;
        if !oracle::is_valid(&component) {
            outcomes.push("(invalid)".into());
            return Ok(());
        }
        components.push(component);
    }
    let components: Vec<&[u8]> = components.iter().map(|component| &component[..]).collect();
    let length = components.iter().map(|component| component.len()).sum();
    oracle::kept(&components, &options);
    let composed = bounds::held(length, || wasi_shim::compose(&components, &options));
    let Some(composed) = oracle::judged(composed, true, outcomes) else { return Ok(()) };
    oracle::check(&composed);
    let mut then = Outcomes::new();
    let again = options::options(u)?;
    oracle::wrap(&composed.bytes, &again, true, &mut then);
    outcomes.extend(then.into_iter().map(|outcome| format!("then: {outcome}")));
    Ok(())
}
