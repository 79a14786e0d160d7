//! Secrets and addresses of people: files that the configuration names, read when they are used.
//!
//! **Invariant**: what stands in such a file is in no configuration, no row, no log and no error.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longest file: a token, an address, or some dozen of them.
const LONGEST: u64 = 8 * 1024;

/// A file with one secret, or with addresses, one a line.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile(PathBuf);

/// Why a file is of no use; the text names the file and nothing that is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {why}")]
pub struct SecretError {
    path: String,
    why: &'static str,
}

impl SecretFile {
    /// A file; a relative path is below `folder`.
    pub(crate) fn below(folder: &Path, path: &str) -> Self {
        Self(folder.join(path))
    }

    /// What is in it, without blanks around.
    ///
    /// # Errors
    /// When it cannot be read, is empty, too long or no text.
    pub(crate) fn read(&self) -> Result<String, SecretError> {
        let error = |why| SecretError {
            path: self.0.display().to_string(),
            why,
        };
        let file = File::open(&self.0)
            .map_err(|_| error("cannot be opened: create it, readable for this process"))?;
        let mut text = String::new();
        file.take(LONGEST + 1)
            .read_to_string(&mut text)
            .map_err(|_| error("cannot be read as text in UTF-8"))?;
        if text.len() as u64 > LONGEST {
            return Err(error("is longer than 8 KiB: leave only the secret in it"));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(error("is empty: put the secret into it"));
        }
        Ok(text.to_owned())
    }

    /// Its lines, without blanks around and without empty ones.
    ///
    /// # Errors
    /// As [`SecretFile::read`].
    pub(crate) fn lines(&self) -> Result<Vec<String>, SecretError> {
        let text = self.read()?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(lines.map(str::to_owned).collect())
    }
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretFile({})", self.0.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_bounded_and_errors_hold_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
        write("token", b"  hush \n");
        write("people", b"a@b.c\n\n d@e.f \n");
        write("empty", b"\n");
        write("long", &[b'x'; 9000]);
        write("binary", &[0xff, 0xfe]);
        let at = |name: &str| SecretFile::below(folder.path(), name);
        assert_eq!(at("token").read().unwrap(), "hush");
        assert_eq!(at("people").lines().unwrap(), ["a@b.c", "d@e.f"]);
        for bad in ["empty", "long", "binary", "missing"] {
            let error = at(bad).read().unwrap_err().to_string();
            assert!(error.contains(bad) && !error.contains("xxx"), "{error}");
        }
    }
}
