//! Suites: which cipher seals, and which digest makes blind indexes.
//!
//! Keys, wraps and sealed fields carry their suite's number, so that an
//! installation can change suites and still read what it has.

mod aes;
mod parts;
mod sm;

use std::sync::Arc;

pub use aes::Aes256GcmHmacSha256;
pub use sm::Sm4GcmHmacSm3;

/// 96 bits, the length that GCM is made for (NIST SP 800-38D, 8.2.2).
pub const NONCE: usize = 12;
/// The full tag; a shorter one buys nothing here.
pub const TAG: usize = 16;

/// Changed bytes, another place, or another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAuthentic;

/// An authenticated cipher and a keyed digest that go together.
pub trait Suite: Send + Sync + 'static {
    /// The number in wire layouts, never reused: 1 is AES, 2 is SM.
    fn number(&self) -> u8;
    /// The name in key files.
    fn name(&self) -> &'static str;
    /// Bytes of a key of its cipher.
    fn key_length(&self) -> usize;
    /// The cipher under a key; `None` if the key has another length.
    fn cipher(&self, key: &[u8]) -> Option<Box<dyn Cipher>>;
    /// The digest under a key; `None` if the key has another length.
    fn digest(&self, key: &[u8]) -> Option<Box<dyn KeyedDigest>>;
}

/// An expanded key that seals; wiped when dropped.
pub trait Cipher: Send + Sync {
    /// Encrypts in place and gives the tag.
    fn seal(&self, nonce: &[u8; NONCE], bound: &[u8], body: &mut [u8]) -> [u8; TAG];
    /// Checks the tag, then decrypts in place.
    ///
    /// # Errors
    /// [`NotAuthentic`]; the body is then as it was.
    fn open(
        &self,
        nonce: &[u8; NONCE],
        bound: &[u8],
        body: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), NotAuthentic>;
}

/// An expanded key that digests; wiped when dropped.
pub trait KeyedDigest: Send + Sync {
    /// The digest of the parts, one behind the other.
    fn of(&self, parts: &[&[u8]]) -> Vec<u8>;
}

/// The suites that a process knows.
#[derive(Clone)]
pub struct Suites(Vec<Arc<dyn Suite>>);

impl Suites {
    /// AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3.
    #[must_use]
    pub fn standard() -> Self {
        Self(vec![Arc::new(Aes256GcmHmacSha256), Arc::new(Sm4GcmHmacSm3)])
    }

    /// One more.
    #[must_use]
    pub fn with(mut self, suite: Arc<dyn Suite>) -> Self {
        self.0.push(suite);
        self
    }

    /// The suite of a number.
    #[must_use]
    pub fn by_number(&self, number: u8) -> Option<Arc<dyn Suite>> {
        self.0.iter().find(|suite| suite.number() == number).cloned()
    }

    /// The suite of a name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Arc<dyn Suite>> {
        self.0.iter().find(|suite| suite.name() == name).cloned()
    }
}
