#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drop(wasi_shim_fuzzing::wrap(data)));
