//! Suite 1: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104, RFC 4231).

use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::Hmac;
use sha2::Sha256;

use super::parts::{Digest, Gcm};
use super::{Cipher, KeyedDigest, Suite};

/// AES-256-GCM with HMAC-SHA-256.
#[derive(Debug, Clone, Copy)]
pub struct Aes256GcmHmacSha256;

impl Suite for Aes256GcmHmacSha256 {
    fn number(&self) -> u8 {
        1
    }

    fn name(&self) -> &'static str {
        "aes-256-gcm"
    }

    fn key_length(&self) -> usize {
        32
    }

    fn cipher(&self, key: &[u8]) -> Option<Box<dyn Cipher>> {
        Some(Box::new(Gcm(Aes256Gcm::new_from_slice(key).ok()?)))
    }

    fn digest(&self, key: &[u8]) -> Option<Box<dyn KeyedDigest>> {
        Some(Box::new(Digest(Hmac::<Sha256>::new_from_slice(key).ok()?)))
    }
}
