//! Copies of given directories, and the files that programs leave in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Copies the contents of a directory.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&from, &to)?;
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&from)?, &to)?;
        } else if kind.is_file() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// A file or directory that a program has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Directory,
    Link(PathBuf),
    File(Vec<u8>),
    /// Something else, or something that cannot be read.
    Other,
}

/// The contents of a directory, by path relative to it.
pub fn snapshot(dir: &Path) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    walk(dir, dir, &mut entries);
    entries
}

fn walk(root: &Path, dir: &Path, entries: &mut BTreeMap<String, Entry>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let what = match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => fs::read_link(&path).map(Entry::Link),
            Ok(metadata) if metadata.is_dir() => {
                walk(root, &path, entries);
                Ok(Entry::Directory)
            }
            Ok(metadata) if metadata.is_file() => fs::read(&path).map(Entry::File),
            _ => Ok(Entry::Other),
        };
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        entries.insert(name, what.unwrap_or(Entry::Other));
    }
}
