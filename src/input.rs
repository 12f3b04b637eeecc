//! Reading inputs: a file or stdin, binary or text, component or core module.

use std::fs::File;
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

/// The size of the largest input, in bytes. Devices have no end.
const LARGEST: u64 = 1 << 30;

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let shown = shown(path);
    if !is_dash(path) && path.is_dir() {
        bail!("cannot read {shown}: it is a directory");
    }
    let mut bytes = Vec::new();
    let read = match is_dash(path) {
        true => io::stdin().take(LARGEST + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    read.with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > LARGEST {
        bail!("cannot read {shown}: it has more than 1 GiB");
    }
    Ok(bytes)
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
