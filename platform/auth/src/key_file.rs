//! The access key: what seals passwords' hashes and one-time secrets in the
//! database, and keys the digests of names, addresses and sessions.
//!
//! ```text
//! backstop-access-key 1
//! 5f02c1aa <64 hexadecimal digits>
//! ```
//!
//! Each line after the first is a key's name and the key. The first seals, every
//! one opens, so a key is changed by putting a new line above the old. All
//! instances have the same file. A database without it tells no password's hash:
//! whoever steals a backup cannot even begin to guess.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rand::{TryRngCore, rngs::OsRng};
use zeroize::Zeroizing;

use crate::mint::hex;

const MAGIC: &str = "backstop-access-key 1";
/// Bytes of a key: AES-256.
pub(crate) const LENGTH: usize = 32;
/// The present key, and those of a few years before it.
const MOST: usize = 8;
/// Eight keys have 620 bytes.
const LONGEST: usize = 1024;

/// A key and its name in what it sealed.
pub(crate) struct Named {
    pub(crate) id: [u8; 4],
    pub(crate) key: Zeroizing<[u8; LENGTH]>,
}

/// Why there is no access key. Shows no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum AccessKeyError {
    /// The file system refuses, or there is no such file.
    #[error("access key file not readable or writable")]
    Io(#[from] io::Error),
    /// There is a file already: it is never overwritten.
    #[error("access key file exists already, and is never overwritten")]
    Exists,
    /// Another account may read or write it.
    #[error("access key file has mode {0:04o}, wanted 0600: other accounts could have read the key")]
    TooOpen(u32),
    /// Not in the format of this module.
    #[error("not an access key file, at line {0}")]
    Malformed(usize),
    /// All bytes of a key alike, or a name twice.
    #[error("the key at line {0} was not drawn at random, or has the name of another")]
    MadeUp(usize),
}

/// Draws a key and writes it to a new file, durably.
///
/// # Errors
/// The file exists, can't be written, or there is no randomness.
pub fn create_access_key(path: impl AsRef<Path>) -> Result<(), AccessKeyError> {
    let path = path.as_ref();
    let (mut id, mut key) = ([0; 4], Zeroizing::new([0; LENGTH]));
    OsRng.try_fill_bytes(&mut id).map_err(io::Error::other)?;
    OsRng
        .try_fill_bytes(key.as_mut_slice())
        .map_err(io::Error::other)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => AccessKeyError::Exists,
            _ => AccessKeyError::Io(error),
        })?;
    let text = Zeroizing::new(format!("{MAGIC}\n{} {}\n", hex(&id), hex(key.as_slice())));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a key file helps nobody, and would block the next attempt.
        let _gone = fs::remove_file(path);
        AccessKeyError::Io(error)
    })
}

/// Reads a key file after checking who else could.
pub(crate) fn load(path: &Path) -> Result<Vec<Named>, AccessKeyError> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.mode();
    if mode & 0o077 != 0 {
        return Err(AccessKeyError::TooOpen(mode & 0o7777));
    }
    // Room for the longest file at once: growing would leave copies in freed memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    (&mut file).take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| AccessKeyError::Malformed(1))?;
    parse(text)
}

fn parse(text: &str) -> Result<Vec<Named>, AccessKeyError> {
    let mut lines = text.lines();
    if lines.next() != Some(MAGIC) {
        return Err(AccessKeyError::Malformed(1));
    }
    let mut keys: Vec<Named> = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let named = read(line).filter(|_| keys.len() < MOST);
        let named = named.ok_or(AccessKeyError::Malformed(number))?;
        let alike = named.key.iter().all(|byte| *byte == named.key[0]);
        if alike || keys.iter().any(|known| known.id == named.id) {
            return Err(AccessKeyError::MadeUp(number));
        }
        keys.push(named);
    }
    if keys.is_empty() {
        return Err(AccessKeyError::Malformed(2));
    }
    Ok(keys)
}

fn read(line: &str) -> Option<Named> {
    let (id, key) = line.split_once(' ')?;
    let mut named = Named {
        id: [0; 4],
        key: Zeroizing::new([0; LENGTH]),
    };
    unhex(id, &mut named.id)?;
    unhex(key, named.key.as_mut_slice())?;
    Some(named)
}

/// Hexadecimal digits, exactly as many as fill `into`.
pub(crate) fn unhex(text: &str, into: &mut [u8]) -> Option<()> {
    if text.len() != 2 * into.len() {
        return None;
    }
    for (pair, byte) in text.as_bytes().as_chunks::<2>().0.iter().zip(into) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_reads_back_and_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.key");
        create_access_key(&path).unwrap();
        assert_eq!(load(&path).unwrap().len(), 1);
        assert!(matches!(create_access_key(&path), Err(AccessKeyError::Exists)));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&path), Err(AccessKeyError::TooOpen(0o640))));
    }

    #[test]
    fn a_new_key_stands_above_the_old() {
        let line = |byte: &str| format!("{} {}01\n", byte.repeat(4), byte.repeat(31));
        let text = format!("{MAGIC}\n{}{}", line("ab"), line("cd"));
        let keys = parse(&text).unwrap();
        assert_eq!((keys[0].id, keys[1].id), ([0xab; 4], [0xcd; 4]));
        assert!(matches!(
            parse(&format!("{text}{}", line("ab"))),
            Err(AccessKeyError::MadeUp(4))
        ));
        assert!(matches!(parse(MAGIC), Err(AccessKeyError::Malformed(2))));
        let zeros = format!("{MAGIC}\n00000000 {}\n", "0".repeat(64));
        assert!(matches!(parse(&zeros), Err(AccessKeyError::MadeUp(2))));
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(text in "\\PC{0,200}", lines in prop::collection::vec("[0-9a-f ]{0,80}", 0..12)) {
            let _ = parse(&text);
            if let Ok(keys) = parse(&format!("{MAGIC}\n{}", lines.join("\n"))) {
                prop_assert!((1..=MOST).contains(&keys.len()));
            }
        }
    }
}
