//! Measuring in pairs: native and adapted runs alternate, each figure is the median.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use wasi_shim::{Target, WrapOptions};

#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Native,
    Wrapped,
}

pub struct Pair<T> {
    pub native: T,
    pub wrapped: T,
}

impl<T> Pair<T> {
    /// That of `side`.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::Native => &self.native,
            Side::Wrapped => &self.wrapped,
        }
    }
}

pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/built/{name}.wasm"));
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What `component` becomes for `target`.
pub fn wrap(component: &[u8], target: Target) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(target);
    wasi_shim::wrap(component, &options).unwrap_or_else(|e| panic!("{e}")).bytes
}

pub fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true);
    if path != Path::new("/dev/null") {
        options.create(true).truncate(true);
    }
    options.open(path).unwrap()
}

pub fn timed(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// Medians of `n` pairs, after one pair that does not count.
pub fn alternate(n: usize, mut f: impl FnMut(Side)) -> (Duration, Duration) {
    let (mut native, mut wrapped) = (vec![], vec![]);
    for i in 0..=n {
        // Who comes first alternates as well.
        let order = if i % 2 == 0 { [Side::Native, Side::Wrapped] } else { [Side::Wrapped, Side::Native] };
        for side in order {
            let time = timed(|| f(side));
            if i > 0 {
                if side == Side::Native { native.push(time) } else { wrapped.push(time) }
            }
        }
    }
    (median(native), median(wrapped))
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

pub fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

pub fn row(what: &str, native: Duration, wrapped: Duration, goal: f64) {
    let ratio = wrapped.as_secs_f64() / native.as_secs_f64();
    println!("| {what} | {} | {} | {ratio:.2} | ≤ {goal} |", ms(native), ms(wrapped));
}
