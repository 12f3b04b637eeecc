//! The public surface of the library: within a series of versions that semver calls compatible, it
//! only grows. `0.1.txt` is the surface of the series 0.1.
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test api
//!
//! `BLESS=1` writes what was added; `BLESS=breaking` writes what was removed or changed, too, which
//! asks for another series.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use public_api::Builder;

#[test]
fn the_surface_only_grows() {
    if env::var_os("WASI_SHIM_TEST_LANGUAGES").is_none() {
        eprintln!("left out: it compiles the library once more; WASI_SHIM_TEST_LANGUAGES=1 includes it");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = surface(root);
    let path = root.join("tests/api").join(format!("{}.txt", series(env!("CARGO_PKG_VERSION"))));
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let bless = env::var("BLESS").unwrap_or_default();

    let [was, is] = [&committed, &found].map(|text| text.lines().collect::<BTreeSet<&str>>());
    let removed: Vec<&&str> = was.difference(&is).collect();
    let shown = path.display();
    assert!(
        removed.is_empty() || bless == "breaking",
        "this is no longer public, which breaks those who use the series:\n{removed:#?}\n{shown}"
    );
    if bless.is_empty() {
        let added: Vec<&&str> = is.difference(&was).collect();
        assert!(
            added.is_empty(),
            "this is public now; `BLESS=1 cargo test --test api` writes it down:\n{added:#?}\n{shown}"
        );
    } else {
        fs::write(&path, found).unwrap();
    }
}

/// The public items of the library, one a line, without what is derived.
fn surface(root: &Path) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api");
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["rustdoc", "--locked", "--quiet", "--package", "wasi-shim-lib", "--lib", "--target-dir"])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        // The JSON of rustdoc is there in every toolchain, but not yet stable.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let api = Builder::from_rustdoc_json(target.join("doc/wasi_shim.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    api.to_string()
}

/// The versions that are compatible with `version`: `0.1`, or from 1 on only the first number.
fn series(version: &str) -> String {
    let version = semver::Version::parse(version).unwrap();
    match version.major {
        0 => format!("0.{}", version.minor),
        major => major.to_string(),
    }
}

#[test]
fn versions_belong_to_series() {
    assert_eq!([series("0.1.7"), series("1.2.3")], ["0.1", "1"]);
}
