//! Prints the WIT that the `wasip2` and `wasip3` crates ship into `wit/0.2` and `wit/0.3`: signatures and feature
//! gates, without the prose. With `--check` it writes nothing and fails if a file differs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wit_component::{OutputToString, WitPrinter};
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// Which crate gives which folder.
const SOURCES: [(&str, &str); 2] = [("wasip2", "0.2"), ("wasip3", "0.3")];

fn main() -> Result<()> {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => bail!("unknown argument `{other}`: expected nothing or `--check`"),
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wit = here.parent().context("the folder wit/")?;
    let mut stale = Vec::new();
    for (krate, folder) in SOURCES {
        let source = source_of(here, krate)?.join("wit/deps");
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

/// The folder of the source of a dependency.
fn source_of(here: &Path, krate: &str) -> Result<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(here.join("Cargo.toml"))
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let package = packages.iter().find(|package| package["name"] == krate).context("the dependency")?;
    let manifest = package["manifest_path"].as_str().context("manifest_path")?;
    Ok(Path::new(manifest).parent().context("the folder of a manifest")?.to_path_buf())
}

/// Name and printed text of every package in `folder`.
fn print(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut groups = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let group = UnresolvedPackageGroup::parse(&path, &text)
            .map_err(|(_, error)| anyhow::anyhow!("{}: {error}", path.display()))?;
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
