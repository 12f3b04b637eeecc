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

/// The form in which a component is written.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Form {
    /// Write the text format of WebAssembly instead of the binary format
    #[arg(short = 't', long = "wat")]
    pub is_text: bool,
}

impl Form {
    /// The extension of files.
    pub fn extension(self) -> &'static str {
        if self.is_text { "wat" } else { "wasm" }
    }

    /// Fails when `path` is `-`, stdout is a terminal, and the form is binary.
    pub fn refuse_terminal(self, path: &Path) -> Result<()> {
        if is_dash(path) && io::stdout().is_terminal() && !self.is_text {
            bail!(Usage {
                what: "a component is binary and stdout is a terminal".into(),
                hint: "print text with `-t`, name a file with `-o FILE`, or redirect stdout".into(),
            });
        }
        Ok(())
    }

    /// Writes the component `bytes` to `path`.
    pub fn write(self, path: &Path, bytes: &[u8]) -> Result<()> {
        match self.is_text {
            true => write(path, wasmprinter::print_bytes(bytes).context("cannot print the component")?.as_bytes()),
            false => write(path, bytes),
        }
    }
}

/// Writes `bytes` to `path`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if is_dash(path) || file::open_file(path) == Some(file::Open::Stdout) {
        return stdout(bytes);
    }
    if path.is_dir() {
        bail!("cannot write `{}`: it is a directory", path.display());
    }
    file::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}
