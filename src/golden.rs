//! Golden tests of the guest's rewrite: `tests/golden/<direction>/<case>/component.wat` becomes `guest.wat`, or is
//! refused with `error.txt`. `BLESS=1` writes the expectations anew.

use std::path::Path;

use crate::component::{Arena, Component};
use crate::error::Error;
use crate::p2_on_p3::Choices;
use crate::{Generation, compose, p2_on_p3, p3_on_p2, verify};

/// The rewritten guest for a host of `target`.
fn rewrite(bytes: &[u8], target: Generation) -> Result<String, Error> {
    let arena = Arena::default();
    let mut component = Component::decode(bytes, verify::features(Generation::Wasi03))?;
    component.remove_dead_components();
    let bytes = match target {
        Generation::Wasi03 => {
            let composition = p2_on_p3::composition(&component).map_err(Error::Obstacles)?;
            let choices = Choices { wasi03: "0.3.0", reuse_instance: false, async_exports: false, template: None };
            let guest = p2_on_p3::adapt(composition, &arena, choices)?;
            compose::compose_all(Some(&component), guest.parts, &guest.exports, None, &Default::default())?
        }
        Generation::Wasi02 => {
            let composition = p3_on_p2::composition(&component, None).map_err(Error::Obstacles)?;
            let guest = p3_on_p2::adapt(composition, &arena, &|_| semver::Version::new(0, 2, 0), None)?;
            compose::compose_all(Some(&component), guest.parts, &guest.exports, None, &Default::default())?
        }
    };
    wasmparser::Validator::new_with_features(verify::features(target))
        .validate_all(&bytes)
        .unwrap_or_else(|error| panic!("the guest is not valid: {error}\n{}", print(&bytes)));
    Ok(print(&bytes))
}

fn print(component: &[u8]) -> String {
    wasmprinter::print_bytes(component).unwrap()
}

#[test]
fn p2_on_p3_rewrites() {
    golden("p2-on-p3", Generation::Wasi03);
}

#[test]
fn p3_on_p2_rewrites() {
    golden("p3-on-p2", Generation::Wasi02);
}

fn golden(direction: &str, target: Generation) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(direction);
    let bless = std::env::var_os("BLESS").is_some();
    let mut cases: Vec<_> = std::fs::read_dir(&root).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut failures = Vec::new();
    for case in cases {
        let component = wat::parse_file(case.join("component.wat")).unwrap();
        let (file, other, text) = match rewrite(&component, target) {
            Ok(text) => ("guest.wat", "error.txt", text + "\n"),
            Err(error) => {
                let hints: String = error.hints().iter().map(|hint| format!("hint: {hint}\n")).collect();
                ("error.txt", "guest.wat", format!("{error}\n{hints}"))
            }
        };
        if bless {
            let _ = std::fs::remove_file(case.join(other));
            std::fs::write(case.join(file), text).unwrap();
        } else if std::fs::read_to_string(case.join(file)).ok().as_ref() != Some(&text) || case.join(other).exists() {
            failures.push(format!("{}: {file} is now:\n{text}", case.display()));
        }
    }
    assert!(failures.is_empty(), "{}\nBLESS=1 accepts these", failures.join("\n"));
}
