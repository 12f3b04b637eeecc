//! Makes a script that fails as short as it can be.

use super::script::{Body, Kind, Script};
use crate::support;

/// A script from which nothing can be left out: `fails` would not hold any more.
pub fn shrink(script: Script, fails: impl Fn(&Script) -> bool) -> Script {
    support::shrink::shrink(script, Script::len, without, fails)
}

/// The script without so many operations from a place on, and without what only they call.
fn without(script: &Script, at: usize, size: usize) -> Script {
    let mut script = script.clone();
    let mut position = 0;
    for body in &mut script.bodies {
        body.ops.retain(|_| {
            position += 1;
            position <= at || position > at + size
        });
    }
    for number in 1..script.bodies.len() {
        let calls =
            |body: &Body| body.ops.iter().any(|op| matches!(op.kind, Kind::Call(..)) && op.c as usize == number);
        if !script.bodies.iter().any(calls) {
            script.bodies[number].ops.clear();
        }
    }
    script
}
