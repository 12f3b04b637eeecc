//! The fuzz targets of wasi-shim: each is a function of bytes that panics when it finds a fault.
//! `fuzz/` has them as targets of libFuzzer; `fuzz/run` draws the bytes from a sequence of random
//! numbers, as the tests of this crate do.

pub mod bounds;
mod compose;
mod generate;
mod generated;
mod oracle;
mod roundtrip;
mod wrap;

pub use compose::compose;
pub use generated::generated;
pub use roundtrip::roundtrip;
pub use wrap::wrap;

/// The outcomes of an input, in words that can be counted: `wrapped`, or the code of a refusal.
pub type Outcomes = Vec<String>;

/// A fuzz target.
pub type Target = fn(&[u8]) -> Outcomes;

/// The targets, by name.
pub const TARGETS: &[(&str, Target)] =
    &[("compose", compose), ("generated", generated), ("roundtrip", roundtrip), ("wrap", wrap)];

/// A component of the world `w` in the WIT package `text`, which may use WASI; its exports do
/// nothing.
pub fn component(text: &str) -> arbitrary::Result<Vec<u8>> {
    let mut nothing = arbitrary::Unstructured::new(&[]);
    let (resolve, world) = generate::worlds::select(generate::wit::Wasi::newest().resolve.clone(), text)?;
    generate::worlds::encode(&mut nothing, resolve, world)
}

/// The input of number `seed`: as many bytes as a generator may use up, small inputs as often as
/// large ones.
pub fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let length = (128 << (next() % 7)) + next() % 128;
    (0..length.div_ceil(8)).flat_map(|_| next().to_le_bytes()).collect()
}
