//! Files that hold a key of 32 bytes: 64 hexadecimal digits on one line, mode 0600.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rand::{TryRngCore, rngs::OsRng};
use zeroize::Zeroizing;

/// 32 bytes that are wiped when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// 64 digits and a line's end; one byte more shows that it is another file.
const LONGEST: usize = 66;

/// Why there is no key. Shows no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refuses, there is no such file, or one to be made is there already.
    #[error("the key file is not readable or writable: {0}")]
    Io(#[from] io::Error),
    /// Another account may read or write it.
    #[error("the key file has mode {0:04o}, wanted 0600: other accounts could have read the key")]
    TooOpen(u32),
    /// Not 64 hexadecimal digits.
    #[error("the key file does not hold 64 hexadecimal digits on one line")]
    Malformed,
    /// The operating system has no randomness.
    #[error("no randomness for a key")]
    Random,
}

/// Draws a key and writes it to a new file.
///
/// # Errors
/// [`KeyFileError`], among others when the file is there already: it is never overwritten.
pub fn create(path: &Path) -> Result<Key, KeyFileError> {
    let mut key = Key::default();
    OsRng
        .try_fill_bytes(key.as_mut_slice())
        .map_err(|_| KeyFileError::Random)?;
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    for byte in key.iter() {
        for half in [byte >> 4, byte & 15] {
            line.extend(char::from_digit(u32::from(half), 16));
        }
    }
    line.push('\n');
    // Whole or not at all: whoever is killed here would find a file that is no key, and could never go on.
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".new-key-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    file.write_all(line.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(key)
}

/// Reads a key, after checking who else could.
///
/// # Errors
/// [`KeyFileError`].
pub fn load(path: &Path) -> Result<Key, KeyFileError> {
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
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
    (&mut file).take(LONGEST as u64).read_to_end(&mut text)?;
    let digits = text.strip_suffix(b"\n").unwrap_or(&text);
    if digits.len() != 64 {
        return Err(KeyFileError::Malformed);
    }
    let mut key = Key::default();
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let digit = |at: usize| pair.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let both = digit(0).zip(digit(1)).map(|(high, low)| high * 16 + low);
        *byte = both
            .and_then(|both| u8::try_from(both).ok())
            .ok_or(KeyFileError::Malformed)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("archive.key");
        let made = create(&path).unwrap();
        assert_eq!(load(&path).unwrap(), made);
        assert!(matches!(create(&path), Err(KeyFileError::Io(_))));
        assert_eq!(load(&path).unwrap(), made, "never overwritten");
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(load(&path), Err(KeyFileError::TooOpen(0o604))));
    }

    #[test]
    fn anything_else_is_no_key() {
        let dir = tempfile::tempdir().unwrap();
        for text in [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64)] {
            let path = dir.path().join("key");
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(load(&path), Err(KeyFileError::Malformed)));
        }
    }
}
