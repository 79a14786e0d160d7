//! The digest that ties a request to the row that it wrote.

use sha2::{Digest, Sha256};

/// Hex SHA-256 over the idempotency key, a zero byte and the body as sent.
///
/// The random key salts it: a digest of a body that holds personal data could
/// otherwise be found by trying a dictionary of bodies.
#[must_use]
pub fn request_digest(idempotency_key: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(idempotency_key.as_bytes());
    hash.update([0]);
    hash.update(body);
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}
