//! SHA-256 over canonical JSON (RFC 8785): the same content has one digest, however it was written.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// There is no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has no canonical form")]
pub struct DigestError;

/// The canonical form.
///
/// # Errors
/// [`DigestError`] for what JSON cannot say.
pub(crate) fn canonical(content: &impl Serialize) -> Result<String, DigestError> {
    serde_jcs::to_string(content).map_err(|_| DigestError)
}

/// Its digest, in hexadecimal.
///
/// # Errors
/// [`DigestError`] for what JSON cannot say.
pub(crate) fn of(content: &impl Serialize) -> Result<String, DigestError> {
    Ok(hex(canonical(content)?.as_bytes()))
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
