//! Each fuzz target with its first few inputs.

use wasi_shim_fuzzing::{TARGETS, bytes};

/// Does the first `inputs` inputs of a target.
fn hold(name: &str, inputs: u64) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let mut done = 0;
    for seed in 0..inputs {
        // Who reads of a panic looks for its input.
        eprintln!("{name}: seed {seed}");
        done += u64::from(target(&bytes(seed)).iter().any(|outcome| !outcome.starts_with('(')));
    }
    assert!(done > inputs / 8, "of {inputs} inputs only {done} came to a call");
}

#[test]
fn roundtrip() {
    hold("roundtrip", 300);
}

#[test]
fn wrap() {
    hold("wrap", 300);
}

#[test]
fn generated() {
    hold("generated", 200);
}

#[test]
fn compose() {
    hold("compose", 150);
}

#[test]
fn each_target_is_tested_and_has_a_file() {
    for (name, _) in TARGETS {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz_targets");
        let text = std::fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
        assert!(text.contains(&format!("wasi_shim_fuzzing::{name}(")));
        assert!(include_str!("seeds.rs").contains(&format!("hold(\"{name}\"")));
    }
}
