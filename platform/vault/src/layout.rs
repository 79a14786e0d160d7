//! Layout 2 of a sealed field: a data key of its subject's.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | layout version, [`VERSION`] |
//! | 1 | the suite's number |
//! | 8 | key id, big endian |
//! | 12 | nonce, random |
//! | n | ciphertext, as long as the plaintext |
//! | 16 | GCM tag |
//!
//! The first ten bytes are authenticated with the [`Place`](crate::Place) and the subject.
//! A field of [`Category::Identity`](crate::Category::Identity) is such a layout within another.

use crate::OpenError;
use crate::suite::{NONCE, TAG};

/// A data key per subject and category.
pub(crate) const VERSION: u8 = 2;
/// Version, suite, key id.
pub(crate) const HEADER: usize = 1 + 1 + 8;
/// What sealing adds to a value.
pub(crate) const OVERHEAD: usize = HEADER + NONCE + TAG;

/// The header under a key.
pub(crate) fn header(suite: u8, key_id: u64) -> [u8; HEADER] {
    let [a, b, c, d, e, f, g, h] = key_id.to_be_bytes();
    [VERSION, suite, a, b, c, d, e, f, g, h]
}

/// A sealed field taken apart.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) header: &'a [u8; HEADER],
    pub(crate) suite: u8,
    pub(crate) key_id: u64,
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
    let [version, suite, a, b, c, d, e, f, g, h] = *header;
    if version != VERSION {
        return Err(malformed);
    }
    Ok(Parts {
        header,
        suite,
        key_id: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
        nonce,
        ciphertext,
        tag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart_without_loss_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            match split(&bytes) {
                Ok(parts) => {
                    let whole = [parts.header, parts.nonce.as_slice(), parts.ciphertext, parts.tag].concat();
                    prop_assert_eq!(&whole, &bytes);
                    prop_assert_eq!(header(parts.suite, parts.key_id), *parts.header);
                }
                Err(_) => prop_assert!(bytes.len() < OVERHEAD || bytes[0] != VERSION),
            }
        }

        #[test]
        fn every_header_comes_back(suite: u8, key_id: u64, body in prop::collection::vec(any::<u8>(), 28..60)) {
            let bytes = [header(suite, key_id).as_slice(), &body].concat();
            let parts = split(&bytes).unwrap();
            prop_assert_eq!((parts.suite, parts.key_id), (suite, key_id));
        }
    }
}
