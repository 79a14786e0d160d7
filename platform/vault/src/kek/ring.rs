//! The KEKs of one custodian in memory: wiped when dropped; no `Debug`, no `Clone`.

use std::sync::Arc;

use rand::{TryRngCore, rngs::OsRng};
use zeroize::Zeroizing;

use super::KekError;
use crate::Custodian;
use crate::suite::{Cipher, NONCE, Suite, TAG};

/// One KEK.
pub(crate) struct Kek {
    pub(crate) epoch: u32,
    pub(crate) suite: Arc<dyn Suite>,
    pub(crate) key: Zeroizing<Vec<u8>>,
    cipher: Box<dyn Cipher>,
}

/// All of a custodian's, ascending by epoch.
pub(crate) struct Ring {
    pub(crate) custodian: Custodian,
    pub(crate) keks: Vec<Kek>,
}

impl Kek {
    /// `None` if the key has another length than the suite's.
    pub(crate) fn new(epoch: u32, suite: Arc<dyn Suite>, key: Zeroizing<Vec<u8>>) -> Option<Self> {
        let cipher = suite.cipher(&key)?;
        Some(Self {
            epoch,
            suite,
            key,
            cipher,
        })
    }

    /// A fresh one from the operating system.
    pub(crate) fn random(epoch: u32, suite: Arc<dyn Suite>) -> Result<Self, KekError> {
        let mut key = Zeroizing::new(vec![0; suite.key_length()]);
        OsRng
            .try_fill_bytes(&mut key)
            .map_err(|_| KekError::NoRandomness)?;
        Self::new(epoch, suite, key).ok_or(KekError::NoRandomness)
    }
}

impl Ring {
    pub(crate) fn newest(&self) -> Option<&Kek> {
        self.keks.last()
    }

    fn kek(&self, epoch: u32) -> Result<&Kek, KekError> {
        self.keks
            .iter()
            .find(|kek| kek.epoch == epoch)
            .ok_or(KekError::NoEpoch(epoch))
    }

    /// Nonce, ciphertext, tag.
    pub(crate) fn wrap(&self, epoch: u32, context: &[u8], key: &[u8]) -> Result<Vec<u8>, KekError> {
        let kek = self.kek(epoch)?;
        let mut nonce = [0; NONCE];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut nonce);
        // Exact capacity: a vector that grew would leave the key behind in freed memory.
        let mut bytes = Vec::with_capacity(NONCE + key.len() + TAG);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(key);
        let body = bytes.get_mut(NONCE..).unwrap_or_default();
        let tag = kek.cipher.seal(&nonce, context, body);
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }

    pub(crate) fn unwrap(
        &self,
        epoch: u32,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KekError> {
        let kek = self.kek(epoch)?;
        let (nonce, rest) = wrapped
            .split_first_chunk::<NONCE>()
            .ok_or(KekError::NotAuthentic)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(KekError::NotAuthentic)?;
        let mut key = Zeroizing::new(body.to_vec());
        kek.cipher
            .open(nonce, context, &mut key, tag)
            .map_err(|_| KekError::NotAuthentic)?;
        Ok(key)
    }
}
