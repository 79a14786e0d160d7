//! The file that holds a log's private key: one line, mode 0600.
//!
//! Creation never overwrites, and loading refuses a file that other accounts
//! can read: with the key they could sign another history. The public half lies
//! beside it, to be handed to whoever audits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::checkpoint::{NoteError, Signer};

/// A key's line has some 120 bytes; ten times that is another file.
const LONGEST: usize = 1024;

/// Why there is no key. Shows no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refuses, or there is no such file.
    #[error("the evidence key file is not readable or writable: {0}")]
    Io(#[from] io::Error),
    /// Another account may read or write it.
    #[error("the evidence key file has mode {0:04o}, wanted 0600: other accounts could have read the key")]
    TooOpen(u32),
    /// Not one line of the right form, or another log's.
    #[error("not an evidence key file of this log")]
    Malformed,
    /// A key can't be made.
    #[error(transparent)]
    Key(#[from] NoteError),
}

/// Draws a key for the log of this origin; writes it to `private` and its public
/// half to `public`. Both must be new.
///
/// # Errors
/// [`KeyFileError`]; then nothing is left behind.
pub fn create(origin: &str, private: &Path, public: &Path) -> Result<(), KeyFileError> {
    let signer = Signer::generate(origin)?;
    write(private, 0o600, signer.private().as_bytes())?;
    let line = format!("{}\n", signer.verifier());
    write(public, 0o644, line.as_bytes()).map_err(|error| {
        // Half a pair helps nobody, and would block the next attempt.
        let _gone = fs::remove_file(private);
        error.into()
    })
}

fn write(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Reads the key of the log of this origin, after checking who else could.
///
/// # Errors
/// [`KeyFileError`].
pub fn load(origin: &str, path: &Path) -> Result<Signer, KeyFileError> {
    let mut file = File::open(path)?;
    // Asked of the open file, not of the path, which could change in between.
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(KeyFileError::Malformed);
    }
    if about.mode() & 0o077 != 0 {
        return Err(KeyFileError::TooOpen(about.mode() & 0o7777));
    }
    // Room for the longest file at once: growing would leave copies in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    (&mut file).take(LONGEST as u64 + 1).read_to_end(&mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| KeyFileError::Malformed)?;
    let signer = Signer::parse(text).map_err(|_| KeyFileError::Malformed)?;
    if signer.verifier().name() == origin {
        Ok(signer)
    } else {
        Err(KeyFileError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{CONTROL, FINANCING, Verifier};

    #[test]
    fn a_pair_is_made_once_and_read_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let (private, public) = (dir.path().join("log.key"), dir.path().join("log.pub"));
        create(FINANCING, &private, &public).unwrap();
        let signer = load(FINANCING, &private).unwrap();
        let handed_out = Verifier::parse(&fs::read_to_string(&public).unwrap()).unwrap();
        assert_eq!(signer.verifier(), &handed_out);

        assert!(create(FINANCING, &private, &public).is_err(), "never overwritten");
        assert!(matches!(load(CONTROL, &private), Err(KeyFileError::Malformed)));
        fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            load(FINANCING, &private),
            Err(KeyFileError::TooOpen(0o640))
        ));
    }
}
