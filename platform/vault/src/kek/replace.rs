//! Replacing a file of KEKs, so that a kill at any point leaves one whole file, and what it
//! was is overwritten, by whoever comes next if need be.
//!
//! The new file is written beside it and synced; the old one gets a second name; the new one is
//! renamed over the first; what only the second name leads to is overwritten and removed. On
//! media that write elsewhere than told (flash, snapshots) overwriting proves nothing: that needs
//! an encrypted volume, or a hardware module.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::KekError;

/// A new file, until it is whole.
const NEXT: &str = ".next";
/// The second name of a file that is being replaced.
const OLD: &str = ".old";

/// Holds off other processes until the file is dropped or the process ends.
pub(super) fn lock(path: &Path) -> Result<File, KekError> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(beside(path, ".lock"))?;
    file.lock()?;
    Ok(file)
}

/// Writes a file that is not there yet, durably.
pub(super) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        // A file whose directory entry is lost in a power cut takes every data key with it.
        .and_then(|()| sync_folder(path));
    if written.is_err() {
        // Half a file helps nobody, and would block the next attempt.
        let _gone = fs::remove_file(path);
    }
    written
}

/// Replaces a file under its [`lock`].
pub(super) fn replace(path: &Path, text: &str) -> Result<(), KekError> {
    finish(path)?;
    let next = beside(path, NEXT);
    write_new(&next, text)?;
    fs::hard_link(path, beside(path, OLD))?;
    sync_folder(path)?;
    fs::rename(&next, path)?;
    sync_folder(path)?;
    finish(path)
}

/// Whether a kill has left something that holds KEKs beside the file.
pub(super) fn is_unfinished(path: &Path) -> bool {
    [NEXT, OLD]
        .iter()
        .any(|suffix| beside(path, suffix).symlink_metadata().is_ok())
}

/// Overwrites and removes what an earlier change has left beside the file; under its [`lock`].
pub(super) fn finish(path: &Path) -> Result<(), KekError> {
    for suffix in [NEXT, OLD] {
        let left = beside(path, suffix);
        let about = match left.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            about => about?,
        };
        // Killed before the rename, the second name leads to the file in force.
        if about.is_file() && !is_same(&about, path)? {
            overwrite(&left, about.len())?;
        }
        fs::remove_file(&left)?;
        sync_folder(path)?;
    }
    Ok(())
}

fn is_same(about: &fs::Metadata, path: &Path) -> io::Result<bool> {
    let current = fs::metadata(path)?;
    Ok((about.dev(), about.ino()) == (current.dev(), current.ino()))
}

fn overwrite(path: &Path, length: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
    file.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old and the new text, as they stand after a kill at each step of a replacement.
    #[test]
    fn whoever_comes_after_a_kill_overwrites_what_was_left() {
        for step in 0..4 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("kek");
            write_new(&path, "old").unwrap();
            // Another name for what was there, so that one sees what became of its bytes.
            let witness = folder.path().join("witness");
            fs::hard_link(&path, &witness).unwrap();
            let spare = folder.path().join("spare");
            if step >= 1 {
                write_new(&beside(&path, NEXT), "new").unwrap();
                fs::hard_link(beside(&path, NEXT), &spare).unwrap();
            }
            if step >= 2 {
                fs::hard_link(&path, beside(&path, OLD)).unwrap();
            }
            if step >= 3 {
                fs::rename(beside(&path, NEXT), &path).unwrap();
            }
            assert_eq!(is_unfinished(&path), step >= 1);
            finish(&path).unwrap();
            assert!(!is_unfinished(&path));
            let renamed = step >= 3;
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                if renamed { "new" } else { "old" }
            );
            let became = fs::read(&witness).unwrap();
            assert_eq!(became, if renamed { b"\0\0\0" } else { b"old" }, "step {step}");
            if (1..3).contains(&step) {
                assert_eq!(
                    fs::read(&spare).unwrap(),
                    b"\0\0\0",
                    "a file that never was in force"
                );
            }
        }
    }

    #[test]
    fn a_replaced_file_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (path, witness) = (folder.path().join("kek"), folder.path().join("witness"));
        write_new(&path, "old").unwrap();
        fs::hard_link(&path, &witness).unwrap();
        replace(&path, "newer").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        assert_eq!(fs::read(&witness).unwrap(), b"\0\0\0");
        assert!(!is_unfinished(&path));
    }
}
