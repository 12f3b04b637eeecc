//! The numbers of random inputs.

use std::time::{Duration, Instant};

/// So many inputs as a test usually tries, from 0 on; or, if `fuzz/run` says so, all from a number
/// on until the time is over: `WASI_SHIM_FUZZ` is `SECONDS FROM`.
pub struct Seeds {
    next: u64,
    usual: u64,
    until: Option<Instant>,
}

impl Seeds {
    pub fn new(usual: u64) -> Seeds {
        let Ok(text) = std::env::var("WASI_SHIM_FUZZ") else { return Seeds { next: 0, usual, until: None } };
        let numbers = text.split_once(' ').map(|(seconds, from)| (seconds.parse(), from.parse()));
        let Some((Ok(seconds), Ok(next))) = numbers else { panic!("WASI_SHIM_FUZZ is SECONDS FROM: {text}") };
        Seeds { next, usual, until: Some(Instant::now() + Duration::from_secs(seconds)) }
    }
}

impl Iterator for Seeds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let goes_on = self.until.map_or(self.next < self.usual, |until| Instant::now() < until);
        goes_on.then(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// Of so many cases a test tries one, or each of them if `WASI_SHIM_TEST_ALL` is set.
pub fn one_of(usual: usize) -> usize {
    if std::env::var_os("WASI_SHIM_TEST_ALL").is_some() { 1 } else { usual }
}

/// A sequence of random numbers (SplitMix64): the same seed gives the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    pub fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
