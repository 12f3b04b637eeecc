//! Writing results: to stdout, or to a file (`output/file.rs`).

mod closed;
mod file;
mod signals;

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Usage;
use super::input::is_dash;

/// Writes to stdout. A reader that closes the pipe early is not an error.
pub fn stdout(bytes: &[u8]) -> Result<()> {
    if closed::is_stdout_closed() {
        bail!("cannot write to stdout: it is closed");
    }
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// Fails when `path` is `-` and stdout is a terminal.
pub fn refuse_terminal(path: &Path) -> Result<()> {
    if is_dash(path) && io::stdout().is_terminal() {
        bail!(Usage {
            what: "a component is binary and stdout is a terminal".into(),
            hint: "name a file with `-o FILE`, or redirect stdout".into(),
        });
    }
    Ok(())
}

/// Writes a component to `path`.
pub fn component(path: &Path, bytes: &[u8]) -> Result<()> {
    if is_dash(path) || file::open_file(path) == Some(file::Open::Stdout) {
        return stdout(bytes);
    }
    if path.is_dir() {
        bail!("cannot write `{}`: it is a directory", path.display());
    }
    file::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}
