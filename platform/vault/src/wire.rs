//! The layout of a sealed field.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | layout version, [`VERSION`] |
//! | 4 | key id, big endian |
//! | 12 | nonce, random |
//! | n | ciphertext, as long as the plaintext |
//! | 16 | GCM tag |
//!
//! Version and key id are authenticated with the [`Aad`](crate::Aad). A new
//! layout takes a new version byte and keeps reading the old one.

use crate::OpenError;

/// AES-256-GCM, random 96-bit nonce, one key for encryption.
pub(crate) const VERSION: u8 = 1;
/// Version byte and key id.
pub(crate) const HEADER: usize = 1 + 4;
/// 96 bits, the length that GCM is made for (NIST SP 800-38D, 8.2.2).
pub(crate) const NONCE: usize = 12;
/// The full tag; a shorter one buys nothing here.
pub(crate) const TAG: usize = 16;
/// What sealing adds to a value.
pub(crate) const OVERHEAD: usize = HEADER + NONCE + TAG;

/// The header under a key.
pub(crate) fn header(key_id: u32) -> [u8; HEADER] {
    let [a, b, c, d] = key_id.to_be_bytes();
    [VERSION, a, b, c, d]
}

/// A sealed field taken apart.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) header: &'a [u8; HEADER],
    pub(crate) key_id: u32,
    pub(crate) nonce: &'a [u8; NONCE],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; TAG],
}

/// Takes a sealed field apart, or says that it isn't one.
pub(crate) fn split(bytes: &[u8]) -> Result<Parts<'_>, OpenError> {
    let malformed = OpenError::Malformed;
    let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(malformed)?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(malformed)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(malformed)?;
    let [version, a, b, c, d] = *header;
    if version != VERSION {
        return Err(malformed);
    }
    Ok(Parts {
        header,
        key_id: u32::from_be_bytes([a, b, c, d]),
        nonce,
        ciphertext,
        tag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_has_the_shortest_layout_and_one_byte_less_is_malformed() {
        let mut bytes = header(7).to_vec();
        bytes.resize(OVERHEAD, 0);
        assert_eq!(split(&bytes).unwrap().key_id, 7);
        assert_eq!(split(&bytes[..OVERHEAD - 1]).unwrap_err(), OpenError::Malformed);
        bytes[0] = 2;
        assert_eq!(split(&bytes).unwrap_err(), OpenError::Malformed);
    }
}
