//! Writing results: to stdout, or to a file that appears complete or not at all.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Usage;
use super::input::is_dash;

/// Writes to stdout. A reader that closes the pipe early is not an error.
pub fn stdout(bytes: &[u8]) -> Result<()> {
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
    if is_dash(path) {
        return stdout(bytes);
    }
    if path.is_dir() {
        bail!("cannot write `{}`: it is a directory", path.display());
    }
    file(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

fn file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link, to the new content.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let existing = fs::metadata(&path).ok();
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        // Devices and pipes are written to, never replaced.
        return fs::write(&path, bytes);
    }
    if existing.as_ref().is_some_and(|metadata| metadata.len() == bytes.len() as u64)
        && fs::read(&path).is_ok_and(|old| old == bytes)
    {
        // Left as it is, with its date: what depends on it need not be made anew.
        return Ok(());
    }
    if existing.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
        // The folder would allow to replace it all the same.
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Temporary(path.with_file_name(temporary));
    let mut file = File::create_new(&temporary.0)?;
    file.write_all(bytes)?;
    if let Some(existing) = existing {
        file.set_permissions(existing.permissions())?;
    }
    drop(file);
    fs::rename(&temporary.0, &path)
}

/// A file that is removed on drop, unless it was renamed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the rename, and when it could not be created, there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}
