//! Decoding and encoding again must change nothing but the encoding of indices.

use std::path::Path;

use wasmparser::WasmFeatures;

use super::Component;

/// Binary components and component texts below `dir`.
fn components(dir: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            components(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "wasm" || extension == "wat") {
            let Ok(bytes) = wat::parse_file(&entry) else { continue };
            if wasmparser::Parser::is_component(&bytes) {
                found.push((entry.display().to_string(), bytes));
            }
        }
    }
}

#[test]
fn a_round_trip_prints_the_same() {
    let mut all = Vec::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    components(&fixtures, &mut all);
    // For work on the IR: any folder of components.
    if let Some(more) = std::env::var_os("WASI_SHIM_TEST_COMPONENTS") {
        components(Path::new(&more), &mut all);
    }
    assert!(!all.is_empty(), "no component found below {}", fixtures.display());
    for (name, bytes) in all {
        let component =
            Component::decode(&bytes, WasmFeatures::all()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let encoded = component.encode().unwrap_or_else(|error| panic!("{name}: {error}"));
        wasmparser::Validator::new_with_features(WasmFeatures::all())
            .validate_all(&encoded)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let before = wasmprinter::print_bytes(&bytes).unwrap();
        let after = wasmprinter::print_bytes(&encoded).unwrap();
        assert!(before == after, "{name} prints differently");
    }
}
