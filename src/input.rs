//! Reading inputs: a file or stdin, binary or text, component or core module.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::{defect, failed, messages};

/// `-`: stdin as input, stdout as output.
pub fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name of `path` in messages.
pub fn shown(path: &Path) -> String {
    if is_dash(path) { "stdin".into() } else { format!("`{}`", path.display()) }
}

/// Does `work` for each of `paths`, also after one has failed.
pub fn each(paths: &[PathBuf], mut work: impl FnMut(&Path) -> Result<()>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for path in paths {
        if let Err(error) = defect::caught(|| work(path)) {
            code = failed(&error);
        }
    }
    code
}

/// The component in the file `path`, in binary form; a core module is made a component.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = load(path)?;
    if !wasi_shim::is_core_module(&bytes) {
        return Ok(bytes);
    }
    let component = wasi_shim::componentize(&bytes).with_context(|| format!("cannot use {}", shown(path)))?;
    remark(path, &bytes);
    Ok(component)
}

/// The component or core module in the file `path`, in binary form.
pub fn load(path: &Path) -> Result<Vec<u8>> {
    binary(path, bytes(path)?)
}

/// Prints a note if `bytes`, from the file `path`, had to become a component first.
pub fn remark(path: &Path, bytes: &[u8]) {
    if wasi_shim::is_core_module(bytes) {
        messages::remark(format_args!(
            "{} is a core module of WASI 0.1: made a component of WASI 0.2 from it",
            shown(path)
        ));
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    if is_dash(path) {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).context("cannot read stdin")?;
        return Ok(bytes);
    }
    if path.is_dir() {
        bail!("cannot read {}: it is a directory", shown(path));
    }
    fs::read(path).with_context(|| format!("cannot read {}", shown(path)))
}

/// Assembles text; the decoder gets all other bytes.
fn binary(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.is_empty() || bytes.starts_with(b"\0") {
        return Ok(bytes);
    }
    match std::str::from_utf8(&bytes) {
        Err(_) => Ok(bytes),
        Ok(text) => wat::parse_str(text).map_err(|mut error| {
            error.set_path(path);
            anyhow::Error::new(error).context(format!("{} is text, but not WebAssembly text", shown(path)))
        }),
    }
}
