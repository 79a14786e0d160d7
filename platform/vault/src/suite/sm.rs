//! Suite 2: SM4-GCM (RFC 8998) and HMAC-SM3 (GM/T 0004-2012, HMAC as in RFC 2104).
//!
//! In software: it speaks the algorithms, and is no proof of 密评 (GB/T 39786), which asks
//! for a certified module behind [`KekProvider`](crate::KekProvider).

use aes_gcm::aes::cipher::consts::U12;
use aes_gcm::{AesGcm, KeyInit};
use hmac::Hmac;
use sm3::Sm3;
use sm4::Sm4;

use super::parts::{Digest, Gcm};
use super::{Cipher, KeyedDigest, Suite};

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
        Some(Box::new(Digest(Hmac::<Sm3>::new_from_slice(key).ok()?)))
    }
}
