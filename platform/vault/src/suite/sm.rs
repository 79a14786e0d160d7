//! Suite 2: SM4-GCM (RFC 8998) and HMAC-SM3 (GM/T 0004-2012, HMAC as in RFC 2104).
//!
//! In software: it speaks the algorithms, and is no proof of 密评 (GB/T 39786), which asks
//! for a certified module behind [`KekProvider`](crate::KekProvider).

use aes_gcm::aead::AeadInOut;
use aes_gcm::aes::cipher::consts::U12;
use aes_gcm::{AesGcm, KeyInit};
use hmac::{Hmac, Mac};
use sm3::Sm3;
use sm4::Sm4;

use super::{Cipher, KeyedDigest, NONCE, NotAuthentic, Suite, TAG};

/// SM4-GCM with HMAC-SM3.
#[derive(Debug, Clone, Copy)]
pub struct Sm4GcmHmacSm3;

impl Suite for Sm4GcmHmacSm3 {
    fn number(&self) -> u8 {
        2
    }

    fn name(&self) -> &'static str {
        "sm4-gcm"
    }

    fn key_length(&self) -> usize {
        16
    }

    fn cipher(&self, key: &[u8]) -> Option<Box<dyn Cipher>> {
        Some(Box::new(Gcm(AesGcm::<Sm4, U12>::new_from_slice(key).ok()?)))
    }

    fn digest(&self, key: &[u8]) -> Option<Box<dyn KeyedDigest>> {
        Some(Box::new(Digest(Hmac::new_from_slice(key).ok()?)))
    }
}

struct Gcm(AesGcm<Sm4, U12>);

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

struct Digest(Hmac<Sm3>);

impl KeyedDigest for Digest {
    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}
