//! Records in a file: length, checksum, content.

use std::io::{self, Read};

/// A file begins with it: what it is, and the version of its form.
pub(super) const MAGIC: [u8; 8] = *b"bswatch\x01";

/// A longer record is none of ours: the largest is a series with both of its tiers full of values that do not
/// compress, about 60 kB, or a batch of as many samples as a scrape may bring, about 300 kB and their labels.
const LARGEST: u32 = 32 << 20;

/// Appends a record.
pub(super) fn put(bytes: &mut Vec<u8>, content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    bytes.extend_from_slice(content);
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record; it is in the buffer.
    Record,
    /// The end.
    End,
    /// Something that is none, or half of one.
    Torn,
}

/// Reads the magic number.
pub(super) fn is_ours(file: &mut impl Read) -> io::Result<bool> {
    let mut magic = [0; 8];
    Ok(fill(file, &mut magic)? == magic.len() && magic == MAGIC)
}

/// Reads the next record into the buffer.
pub(super) fn next(file: &mut impl Read, content: &mut Vec<u8>) -> io::Result<Next> {
    let mut head = [0; 8];
    match fill(file, &mut head)? {
        0 => return Ok(Next::End),
        8 => {}
        _ => return Ok(Next::Torn),
    }
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if length > LARGEST {
        return Ok(Next::Torn);
    }
    content.clear();
    // A length that is noise must not be allocated before its bytes are seen.
    let read = file.take(u64::from(length)).read_to_end(content)?;
    let whole = read == length as usize && crc32fast::hash(content) == u32::from_le_bytes([c0, c1, c2, c3]);
    Ok(if whole { Next::Record } else { Next::Torn })
}

/// As many bytes as there are.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_cut_or_flipped_anywhere_gives_whole_records_or_none() {
        let mut bytes = Vec::new();
        put(&mut bytes, b"first");
        let first = bytes.len();
        put(&mut bytes, b"second");
        let mut content = Vec::new();
        for cut in 0..bytes.len() {
            let mut file = &bytes[..cut];
            let found = next(&mut file, &mut content).unwrap();
            match cut {
                0 => assert_eq!(found, Next::End),
                cut if cut < first => assert_eq!(found, Next::Torn),
                _ => assert_eq!((found, content.as_slice()), (Next::Record, b"first".as_slice())),
            }
        }
        for at in 0..first {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert_eq!(
                next(&mut flipped.as_slice(), &mut content).unwrap(),
                Next::Torn,
                "byte {at}"
            );
        }
    }
}
