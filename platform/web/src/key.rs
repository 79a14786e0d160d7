//! The `Idempotency-Key` of a write.

use axum::http::{HeaderMap, HeaderName};
use base::problem::Code;

use crate::Failure;

/// The header's name.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Room for a UUID with a prefix, and no more to store per write.
pub const MAX_LENGTH: usize = 64;

/// The key: 1–64 visible ASCII characters, given once.
///
/// # Errors
/// `idempotency-key-missing` when it is absent, repeated or malformed.
pub fn key(headers: &HeaderMap) -> Result<String, Failure> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Failure::of(Code::IdempotencyKeyMissing));
    };
    let bytes = value.as_bytes();
    let fits = (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(text) if fits => Ok(text.to_owned()),
        _ => Err(Failure::of(Code::IdempotencyKeyMissing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &[u8]) -> Result<String, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(
            IDEMPOTENCY_KEY,
            axum::http::HeaderValue::from_bytes(value).unwrap(),
        );
        key(&headers)
    }

    #[test]
    fn a_key_is_short_and_visible() {
        assert_eq!(of(b"k-1").unwrap(), "k-1");
        assert_eq!(of(&[b'k'; 64]).unwrap().len(), 64);
        for bad in [&[b'k'; 65][..], b"", b"a b", "é".as_bytes()] {
            assert_eq!(of(bad).unwrap_err().code(), Code::IdempotencyKeyMissing);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_is_short_visible_and_unchanged(bytes in proptest::collection::vec(32_u8.., 0..80)) {
            let Ok(value) = axum::http::HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let mut headers = HeaderMap::new();
            headers.insert(IDEMPOTENCY_KEY, value);
            if let Ok(taken) = key(&headers) {
                proptest::prop_assert_eq!(taken.as_bytes(), &bytes[..]);
                proptest::prop_assert!(taken.len() <= MAX_LENGTH && taken.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }

    #[test]
    fn two_keys_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(IDEMPOTENCY_KEY, "a".parse().unwrap());
        headers.append(IDEMPOTENCY_KEY, "b".parse().unwrap());
        assert!(key(&headers).is_err());
    }
}
