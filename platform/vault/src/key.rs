//! Key material: wiped when dropped; no `Debug`, no `Clone`.

use rand::{TryRngCore, rngs::OsRng};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 bits: AES-256, and the output length of HMAC-SHA-256 (RFC 2104, 3).
pub(crate) const LENGTH: usize = 32;

/// The two keys of a vault and their name.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Material {
    /// Names the pair in every sealed field; random, so that two files' fields
    /// tell which file they need.
    pub(crate) id: u32,
    /// For sealing.
    pub(crate) encryption: [u8; LENGTH],
    /// For blind indexes: apart, because an index may live longer than a ciphertext.
    pub(crate) index: [u8; LENGTH],
}

impl Material {
    /// Fresh keys from the operating system.
    pub(crate) fn random() -> Result<Self, rand::rand_core::OsError> {
        let mut material = Self {
            id: 0,
            encryption: [0; LENGTH],
            index: [0; LENGTH],
        };
        let mut id = [0; 4];
        OsRng.try_fill_bytes(&mut id)?;
        material.id = u32::from_be_bytes(id);
        OsRng.try_fill_bytes(&mut material.encryption)?;
        OsRng.try_fill_bytes(&mut material.index)?;
        Ok(material)
    }

    /// Whether somebody filled in a key by hand instead of drawing it: all bytes
    /// alike, or one key for both uses. Chance does neither.
    pub(crate) fn is_made_up(&self) -> bool {
        let alike = |key: &[u8; LENGTH]| key.iter().all(|byte| *byte == key[0]);
        alike(&self.encryption) || alike(&self.index) || self.encryption == self.index
    }
}
