//! Prints the WIT that the `wasip2` and `wasip3` crates ship into `wit/0.2` and `wit/0.3`, and that
//! of earlier versions of 0.3 into `wit/versions`: signatures and feature gates, without the prose.
//! With `--check` it writes nothing and fails if a file differs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wit_component::{OutputToString, WitPrinter};
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// Which crate gives which folder: its name, and its version or the beginning of it.
const SOURCES: [(&str, &str, &str); 7] = [
    ("wasip2", "2.", "0.2"),
    ("wasip3", "0.10.", "0.3"),
    ("wasip3", "0.9.0", "versions/0.3.0"),
    ("wasip3", "0.6.0", "versions/0.3.0-rc-2026-03-15"),
    ("wasip3", "0.4.0", "versions/0.3.0-rc-2026-01-06"),
    ("wasip3", "0.3.1", "versions/0.3.0-rc-2025-09-16"),
    ("wasip3", "0.1.1", "versions/0.3.0-rc-2025-08-15"),
];

fn main() -> Result<()> {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => bail!("unknown argument `{other}`: expected nothing or `--check`"),
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wit = here.parent().context("the folder wit/")?;
    let mut stale = Vec::new();
    let packages = packages(here)?;
    for (krate, version, folder) in SOURCES {
        let source = source_of(&packages, krate, version)?.join("wit/deps");
        for (name, text) in print(&source).with_context(|| format!("the WIT of crate {krate}"))? {
            let path = wit.join(folder).join(format!("{name}.wit"));
            if std::fs::read_to_string(&path).ok().as_ref() == Some(&text) {
                continue;
            }
            stale.push(format!("wit/{folder}/{name}.wit"));
            if !check {
                std::fs::create_dir_all(wit.join(folder))?;
                std::fs::write(&path, text)?;
            }
        }
    }
    ensure!(!check || stale.is_empty(), "differs from what the crates ship: {}", stale.join(", "));
    for path in stale {
        println!("{path}");
    }
    Ok(())
}

/// The packages that cargo has as dependencies.
fn packages(here: &Path) -> Result<Vec<serde_json::Value>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(here.join("Cargo.toml"))
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(metadata["packages"].as_array().context("packages")?.clone())
}

/// The folder of the source of a dependency.
fn source_of(packages: &[serde_json::Value], krate: &str, version: &str) -> Result<PathBuf> {
    let is_it = |package: &&serde_json::Value| {
        package["name"] == krate && package["version"].as_str().is_some_and(|found| found.starts_with(version))
    };
    let package = packages.iter().find(is_it).with_context(|| format!("the dependency {krate} {version}"))?;
    let manifest = package["manifest_path"].as_str().context("manifest_path")?;
    Ok(Path::new(manifest).parent().context("the folder of a manifest")?.to_path_buf())
}

/// Name and printed text of every package in `folder`.
fn print(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut groups = Vec::new();
    for path in paths {
        let group = match path.is_dir() {
            true => UnresolvedPackageGroup::parse_dir(&path)?,
            false => {
                let text = std::fs::read_to_string(&path)?;
                UnresolvedPackageGroup::parse(&path, &text)
                    .map_err(|(_, error)| anyhow::anyhow!("{}: {error}", path.display()))?
            }
        };
        groups.push(group);
    }
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let main = groups.pop().context("at least one package")?;
    resolve.push_groups(main, groups).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut printed = Vec::new();
    for (id, package) in resolve.packages.iter() {
        let mut printer = WitPrinter::new(OutputToString::default());
        printer.emit_docs(false);
        printer.print(&resolve, id, &[])?;
        printed.push((package.name.name.clone(), String::from(printer.output)));
    }
    Ok(printed)
}
