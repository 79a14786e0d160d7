//! Suite 1: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104, RFC 4231).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Cipher, KeyedDigest, NONCE, NotAuthentic, Suite, TAG};

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
        Some(Box::new(Digest(Hmac::new_from_slice(key).ok()?)))
    }
}

struct Gcm(Aes256Gcm);

impl Cipher for Gcm {
    #[expect(
        clippy::expect_used,
        reason = "GCM refuses only more than 64 GiB (SP 800-38D, 5.2.1.1)"
    )]
    fn seal(&self, nonce: &[u8; NONCE], bound: &[u8], body: &mut [u8]) -> [u8; TAG] {
        let tag = self.0.encrypt_inout_detached(nonce.into(), bound, body.into());
        tag.expect("a value in memory is shorter than GCM's limit").into()
    }

    fn open(
        &self,
        nonce: &[u8; NONCE],
        bound: &[u8],
        body: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), NotAuthentic> {
        self.0
            .decrypt_inout_detached(nonce.into(), bound, body.into(), tag.into())
            .map_err(|_| NotAuthentic)
    }
}

struct Digest(Hmac<Sha256>);

impl KeyedDigest for Digest {
    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}
