//! Properties that must hold of every call, whatever it gets.

use wasi_shim::{Error, Generation, WrapOptions, Wrapped};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::{Outcomes, bounds};

/// Whether `bytes` are a valid component, in anybody's eyes. The validator does not see that nested
/// ones end too early.
pub fn is_valid(bytes: &[u8]) -> bool {
    let ends = |payload: wasmparser::Result<Payload<'_>>| match payload {
        Ok(Payload::ModuleSection { unchecked_range: range, .. })
        | Ok(Payload::ComponentSection { unchecked_range: range, .. }) => range.end <= bytes.len() as u64,
        _ => true,
    };
    Parser::is_component(bytes)
        && validate(bytes, WasmFeatures::all()).is_ok()
        && Parser::new(0).parse_all(bytes).all(ends)
}

fn validate(bytes: &[u8], features: WasmFeatures) -> Result<(), wasmparser::Error> {
    Validator::new_with_features(features).validate_all(bytes).map(drop)
}

/// Wraps `input`.
///
/// # Panics
///
/// If the output is not what was promised, or the refusal says that wasi-shim has a fault. `valid`
/// inputs make no library fail.
pub fn wrap(input: &[u8], options: &WrapOptions, valid: bool, outcomes: &mut Outcomes) -> Option<Vec<u8>> {
    kept(&[input], options);
    let result = bounds::held(input.len(), || wasi_shim::wrap(input, options));
    let wrapped = judged(result, valid, outcomes)?;
    check(&wrapped);
    Some(wrapped.bytes)
}

/// Writes the components that are about to be wrapped or composed to the folder
/// `WASI_SHIM_FUZZ_KEEP`, to look at them.
pub fn kept(components: &[&[u8]], options: &WrapOptions) {
    let Some(folder) = std::env::var_os("WASI_SHIM_FUZZ_KEEP") else { return };
    eprintln!("{options:?}");
    for (at, component) in components.iter().enumerate() {
        let name = format!("{}-{at}.wasm", if components.len() == 1 { "wrapped" } else { "composed" });
        std::fs::write(std::path::Path::new(&folder).join(name), component).unwrap();
    }
}

/// The output, unless it is a refusal, which is counted.
pub fn judged<T>(result: Result<T, Error>, valid: bool, outcomes: &mut Outcomes) -> Option<T> {
    match result {
        Ok(output) => {
            outcomes.push("done".into());
            Some(output)
        }
        Err(error) => {
            // Who formats it must not fail either.
            let (text, hints) = (error.to_string(), error.hints());
            assert!(!text.is_empty() && !hints.is_empty());
            assert!(!matches!(error, Error::Unsound(_)), "{text}");
            assert!(!valid || !matches!(error, Error::Library { .. } | Error::Invalid { .. }), "{text}");
            outcomes.extend(codes(&error));
            None
        }
    }
}

/// The codes under which a refusal is counted.
fn codes(error: &Error) -> Vec<String> {
    match error {
        Error::Obstacles(obstacles) => {
            let mut codes: Vec<String> = obstacles.iter().map(|obstacle| obstacle.code.into()).collect();
            codes.dedup();
            codes
        }
        error => {
            let name = format!("{error:?}");
            vec![name.split([' ', '(']).next().unwrap_or_default().into()]
        }
    }
}

/// The output is a valid component for its target, which other tools can read.
pub fn check(Wrapped { bytes, target, .. }: &Wrapped) {
    let features = match target {
        Generation::Wasi02 => WasmFeatures::all() - WasmFeatures::CM_ASYNC,
        Generation::Wasi03 => WasmFeatures::all(),
    };
    validate(bytes, features).unwrap_or_else(|error| panic!("the output is not valid: {error}"));
    wasi_shim::Surface::of(bytes).unwrap_or_else(|error| panic!("the output cannot be inspected: {error}"));
}
