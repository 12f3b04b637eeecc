//! Carries a component for hosts of WASI 0.3, and writes it where it is told, or says how large it
//! is.

use std::{env, fs, io};

/// Adapted by `build.rs`.
const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hello.p3.wasm"));

fn main() -> io::Result<()> {
    match env::args_os().nth(1) {
        Some(path) => fs::write(path, COMPONENT),
        None => {
            println!("a component of {} bytes for hosts of WASI 0.3", COMPONENT.len());
            Ok(())
        }
    }
}
