//! Looks through every file of a folder, whatever it is.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::search::{Hit, Search};

/// What was looked through.
#[derive(Debug, Default)]
pub struct Searched {
    /// Files that were read to their end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that went away between being listed and being opened.
    pub gone: u64,
    /// Every file that shows customer data, with each hit in it.
    pub hits: Vec<(PathBuf, Hit)>,
}

/// Looks through `root`, a file or a folder with all that is in it. Links are
/// not followed: what they point to is another root's.
///
/// # Errors
/// When a folder or a file that is there can't be read: what was not seen is not clean.
pub fn files(search: &Search, root: &Path) -> io::Result<Searched> {
    let mut searched = Searched::default();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if let Err(error) = look(search, &path, &mut open, &mut searched) {
            if error.kind() == ErrorKind::NotFound && path != root {
                searched.gone += 1;
            } else {
                return Err(io::Error::new(
                    error.kind(),
                    format!("cannot search {}: {error}", path.display()),
                ));
            }
        }
    }
    Ok(searched)
}

fn look(search: &Search, path: &Path, open: &mut Vec<PathBuf>, searched: &mut Searched) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            open.push(entry?.path());
        }
    } else if kind.is_file() {
        // Sockets and pipes hold nothing, and reading them would wait.
        let mut file = File::open(path)?;
        searched.bytes += search.read(&mut file, |hit| searched.hits.push((path.to_owned(), hit)))?;
        searched.files += 1;
    }
    Ok(())
}
