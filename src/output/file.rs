//! A file that appears complete or not at all, even if the process is killed while it writes.
//!
//! The bytes go to a file without a name where the system has such files, else to one with a name
//! of its own, and reach the disk before the file takes its place. In the place of another file it
//! has a name of its own for a moment, since only a rename replaces; signals wait that long.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::signals;

/// As many links as Linux follows.
const LINKS: usize = 40;

/// An open file that a path leads to, as `/dev/stdout` and `/dev/fd/3` do.
#[derive(PartialEq, Eq)]
pub enum Open {
    /// The stdout of this process.
    Stdout,
    /// Another one, or one of another process.
    Other,
}

/// The open file that `path` leads to.
pub fn open_file(path: &Path) -> Option<Open> {
    let own = [String::from("self"), String::from("thread-self"), std::process::id().to_string()];
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let names: Vec<&str> = path.iter().map(|name| name.to_str().unwrap_or_default()).collect();
        let (process, number) = match names[..] {
            ["/", "dev", "fd", number] => ("self", number),
            ["/", "proc", process, "fd", number] | ["/", "proc", process, "task", _, "fd", number] => (process, number),
            _ => {
                path = path.parent()?.join(fs::read_link(&path).ok()?);
                continue;
            }
        };
        let is_own = own.iter().any(|name| name == process);
        return Some(if is_own && number == "1" { Open::Stdout } else { Open::Other });
    }
    None
}

/// Writes `bytes` to the file `path`. A link stays a link, to the new content.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if open_file(path).is_some() {
        // The bytes that others wrote to the open file stay.
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    }
    let path = destination(path)?;
    let existing = match fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(metadata) = &existing {
        if !metadata.is_file() {
            // Devices and pipes are written to, never replaced.
            return fs::write(&path, bytes);
        }
        if metadata.len() == bytes.len() as u64 && fs::read(&path).is_ok_and(|old| old == bytes) {
            // Left as it is, with its date: what depends on it need not be made anew.
            return Ok(());
        }
        if metadata.permissions().readonly() {
            // The folder would allow to replace it all the same.
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
        }
    }
    match replace(&path, bytes, existing.as_ref()) {
        // A file that is mounted, or whose folder is read-only, cannot be replaced.
        Err(error) if existing.is_some() && is_about_the_folder(&error) => overwrite(&path, bytes),
        result => result,
    }
}

/// Where the links of `path` end, whether there is a file or not.
fn destination(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

fn is_about_the_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

/// Puts a new file in the place of `path`.
fn replace(path: &Path, bytes: &[u8], existing: Option<&fs::Metadata>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let fill = |file: &mut File| {
        file.write_all(bytes)?;
        if let Some(existing) = existing {
            file.set_permissions(existing.permissions())?;
        }
        file.sync_all()
    };
    let mut builder = Builder::new();
    builder.prefix(".wasi-shim-").suffix(".tmp");
    #[cfg(target_os = "linux")]
    if let Some(mut file) = nameless::create(folder)? {
        fill(&mut file)?;
        if existing.is_none() && nameless::link(&file, path).is_ok() {
            return Ok(());
        }
        let replaced = signals::deferred(|| {
            let named = builder.make_in(folder, |name| nameless::link(&file, name)).ok()?;
            Some(named.persist(path).map(drop).map_err(io::Error::from))
        });
        if let Some(result) = replaced {
            return result;
        }
    }
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The error without the name, which nobody has asked for.
    let plain = |error: io::Error| error.raw_os_error().map_or(error, io::Error::from_raw_os_error);
    signals::deferred(|| {
        let mut named: NamedTempFile = builder.tempfile_in(folder).map_err(plain)?;
        fill(named.as_file_mut())?;
        named.persist(path)?;
        Ok(())
    })
}

/// Writes over the content of `path`, which comes back if that fails. Signals wait.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = fs::read(path)?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut fill = |bytes: &[u8]| {
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    signals::deferred(|| {
        fill(bytes).inspect_err(|_| {
            // The first error is the one to tell.
            let _ = fill(&old);
        })
    })
}

/// Files that have no name until they are complete: a process that is killed leaves nothing.
#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags};
    use rustix::io::Errno;

    /// `None` where there are no such files.
    pub fn create(folder: &Path) -> io::Result<Option<File>> {
        let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
        match rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666)) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::ISDIR | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOENT) if folder.is_dir() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives `file` the name `path`; fails if the name is taken.
    pub fn link(file: &File, path: &Path) -> io::Result<()> {
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(rustix::fs::linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}
