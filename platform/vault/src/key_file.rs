//! The file that holds a vault's keys.
//!
//! Text, four lines, each `name value`:
//!
//! ```text
//! backstop-vault-key 1
//! id 5f02c1aa
//! encryption <64 hexadecimal digits>
//! index <64 hexadecimal digits>
//! ```
//!
//! Only its owner may read or write it (mode 0600): creation makes it so,
//! loading refuses anything wider, because a key that other accounts could have
//! read must be taken as read. Creation never overwrites: the old keys would be
//! gone, and with them every field that they sealed. Keep its backup apart from
//! the data's: who holds both holds the plaintext.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::key::{LENGTH, Material};

const MAGIC: &str = "backstop-vault-key 1";
/// A key file has 190 bytes; ten times that is another file.
const LONGEST: usize = 2048;

/// Why there is no vault. Shows no content of the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refuses, or there is no such file.
    #[error("key file not readable or writable")]
    Io(#[from] io::Error),
    /// There is a file already: it is never overwritten.
    #[error("key file exists already, and is never overwritten")]
    Exists,
    /// Another account may read or write it.
    #[error(
        "key file has mode {0:04o}, wanted 0600: other accounts could have read the keys, so make new ones"
    )]
    TooOpen(u32),
    /// Not a regular file.
    #[error("key file is not a regular file")]
    NotAFile,
    /// Not in the format of this module.
    #[error("not a vault key file, at line {0}")]
    Malformed(usize),
    /// All bytes alike, or one key for both uses.
    #[error("keys in the key file were not drawn at random")]
    MadeUp,
    /// The operating system gives no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

/// Draws two keys and writes them to a new file, durably.
///
/// # Errors
/// The file exists ([`KeyFileError::Exists`]), can't be written, or there is no randomness.
pub fn create_key_file(path: impl AsRef<Path>) -> Result<(), KeyFileError> {
    let path = path.as_ref();
    let material = Material::random().map_err(|_| KeyFileError::NoRandomness)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists,
            _ => KeyFileError::Io(error),
        })?;
    let written = file
        .write_all(render(&material).as_bytes())
        .and_then(|()| file.sync_all());
    // A file whose directory entry is lost in a power cut takes all sealed fields with it.
    let written = written.and_then(|()| File::open(directory(path))?.sync_all());
    written.map_err(|error| {
        // Half a key file helps nobody, and would block the next attempt.
        let _gone = fs::remove_file(path);
        KeyFileError::Io(error)
    })
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Reads a key file after checking who else could.
pub(crate) fn load(path: &Path) -> Result<Material, KeyFileError> {
    let mut file = File::open(path)?;
    // Asked of the open file, not of the path, which could change in between.
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(KeyFileError::NotAFile);
    }
    if about.mode() & 0o077 != 0 {
        return Err(KeyFileError::TooOpen(about.mode() & 0o7777));
    }
    // Room for the longest file at once: growing would leave copies in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    (&mut file).take(LONGEST as u64 + 1).read_to_end(&mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| KeyFileError::Malformed(1))?;
    let material = parse(text)?;
    if material.is_made_up() {
        return Err(KeyFileError::MadeUp);
    }
    Ok(material)
}

fn render(material: &Material) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(256));
    text.push_str(MAGIC);
    for (name, bytes) in [
        ("id", material.id.to_be_bytes().as_slice()),
        ("encryption", &material.encryption),
        ("index", &material.index),
    ] {
        text.push('\n');
        text.push_str(name);
        text.push(' ');
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
            }
        }
    }
    text.push('\n');
    text
}

fn parse(text: &str) -> Result<Material, KeyFileError> {
    let mut material = Material {
        id: 0,
        encryption: [0; LENGTH],
        index: [0; LENGTH],
    };
    let mut id = [0; 4];
    let mut lines = text.lines();
    if lines.next() != Some(MAGIC) {
        return Err(KeyFileError::Malformed(1));
    }
    let mut line = 1;
    for (name, into) in [
        ("id", id.as_mut_slice()),
        ("encryption", &mut material.encryption),
        ("index", &mut material.index),
    ] {
        line += 1;
        lines
            .next()
            .and_then(|text| text.strip_prefix(name)?.strip_prefix(' '))
            .and_then(|hex| unhex(hex, into))
            .ok_or(KeyFileError::Malformed(line))?;
    }
    if lines.next().is_some() {
        return Err(KeyFileError::Malformed(line + 1));
    }
    material.id = u32::from_be_bytes(id);
    Ok(material)
}

fn unhex(hex: &str, into: &mut [u8]) -> Option<()> {
    if hex.len() != 2 * into.len() {
        return None;
    }
    for (pair, byte) in hex.as_bytes().chunks_exact(2).zip(into) {
        let high = char::from(*pair.first()?).to_digit(16)?;
        let low = char::from(*pair.get(1)?).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let material = Material::random().unwrap();
        let back = parse(&render(&material)).unwrap();
        assert_eq!(
            (back.id, back.encryption, back.index),
            (material.id, material.encryption, material.index)
        );
    }

    #[test]
    fn each_malformed_line_is_named() {
        let good = render(&Material::random().unwrap());
        for line in 1..=4_usize {
            let bad: Vec<&str> = good
                .lines()
                .enumerate()
                .map(|(at, text)| {
                    if at + 1 == line {
                        &text[..text.len() - 1]
                    } else {
                        text
                    }
                })
                .collect();
            match parse(&bad.join("\n")) {
                Err(KeyFileError::Malformed(at)) => assert_eq!(at, line),
                _ => panic!("line {line} was accepted"),
            }
        }
        assert!(matches!(
            parse(&format!("{}index 00\n", *good)),
            Err(KeyFileError::Malformed(5))
        ));
    }
}
