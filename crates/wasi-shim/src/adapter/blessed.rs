//! Files of the crate that tests make of others.

use std::path::Path;

/// Compares the file `path`, from the root of the crate, with the bytes that it should have, or
/// writes these with `BLESS=1`.
pub(crate) fn check(path: &str, bytes: impl AsRef<[u8]>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file, bytes).unwrap();
    } else {
        assert!(std::fs::read(file).unwrap() == bytes.as_ref(), "{path} is stale: BLESS=1 cargo test --lib adapter");
    }
}
