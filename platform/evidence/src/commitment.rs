//! Standing by a text without keeping it.

use std::fmt::Write;

use db::DbError;
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

/// A digest for a leaf, and the salt for the row that holds the text.
///
/// An operator's reason is free text and may name a customer. The leaf holds the
/// digest; the text and the salt stay in a row that can be purged, and while
/// they are there anybody can check that the text was not changed. Without the
/// salt a short text could be found by trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// 128 random bits in hexadecimal.
    pub salt: String,
    /// What [`commit`] gives for this salt and the text.
    pub digest: String,
}

impl Commitment {
    /// Commits to a text under a fresh salt.
    ///
    /// # Errors
    /// [`DbError::Other`] if the operating system gives no randomness.
    pub fn to(text: &str) -> Result<Self, DbError> {
        let mut random = [0; 16];
        OsRng
            .try_fill_bytes(&mut random)
            .map_err(|error| DbError::Other(format!("no randomness for a salt: {error}")))?;
        let salt = hex(&random);
        let digest = commit(&salt, text);
        Ok(Self { salt, digest })
    }
}

/// SHA-256 over the salt, a zero byte and the text, in hexadecimal.
#[must_use]
pub fn commit(salt: &str, text: &str) -> String {
    hex(&Sha256::new()
        .chain_update(salt)
        .chain_update([0])
        .chain_update(text)
        .finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a String does not fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_can_be_checked_and_not_be_guessed_without_its_salt() {
        let one = Commitment::to("core banking down").unwrap();
        let two = Commitment::to("core banking down").unwrap();
        assert_eq!(one.digest, commit(&one.salt, "core banking down"));
        assert_ne!(one.digest, commit(&one.salt, "core banking up"));
        assert_ne!(one.digest, two.digest);
    }
}
