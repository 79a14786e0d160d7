//! The door between plaintext and ciphertext.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::key::Material;
use crate::key_file::{self, KeyFileError};
use crate::{Aad, OpenError, Seal, Sealed, wire};

/// Seals and opens fields, and makes blind indexes, under one key file.
///
/// The expanded keys stay in memory, so that a call costs the cipher and no
/// set-up; they are wiped when the vault is dropped. Share it behind an `Arc`.
///
/// Nonces are random: one key may seal 2³² fields before the chance of a repeat
/// exceeds 2⁻³² (NIST SP 800-38D, 8.3). At 12 fields an application that is more
/// than 350 million applications under one key file.
pub struct Vault {
    id: u32,
    cipher: Aes256Gcm,
    index: Hmac<Sha256>,
}

impl Vault {
    /// Opens the key file that [`create_key_file`](crate::create_key_file) made.
    ///
    /// # Errors
    /// The file is absent, unreadable, open to other users, or not a key file.
    pub fn from_key_file(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        Ok(Self::over(&key_file::load(path.as_ref())?))
    }

    /// A vault whose keys exist in this process only: nothing opens what it
    /// sealed once it is dropped. For tests and dry runs.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn ephemeral() -> Result<Self, KeyFileError> {
        let material = Material::random().map_err(|_| KeyFileError::NoRandomness)?;
        Ok(Self::over(&material))
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
    fn over(material: &Material) -> Self {
        Self {
            id: material.id,
            cipher: Aes256Gcm::new(&material.encryption.into()),
            index: <Hmac<Sha256> as KeyInit>::new_from_slice(&material.index).expect("any length is a key"),
        }
    }

    /// Encrypts a value for one place: the same binding is needed to open it.
    #[expect(
        clippy::expect_used,
        reason = "GCM refuses only more than 64 GiB (SP 800-38D, 5.2.1.1)"
    )]
    pub fn seal<T: Seal>(&self, value: &T, aad: Aad<'_>) -> Sealed<T> {
        let header = wire::header(self.id);
        let mut nonce = [0; wire::NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let plain = value.plain();
        // Exact capacity: a vector that grew would leave plaintext behind in freed memory.
        let mut bytes = Vec::with_capacity(plain.len() + wire::OVERHEAD);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&plain);
        if let Cow::Owned(mut copy) = plain {
            copy.zeroize();
        }
        let body = bytes.get_mut(wire::HEADER + wire::NONCE..).unwrap_or_default();
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), &aad.encode(&header), body.into())
            .expect("a value in memory is shorter than GCM's limit");
        bytes.extend_from_slice(&tag);
        Sealed::from_bytes(bytes)
    }

    /// Decrypts a value that was sealed for this place.
    ///
    /// # Errors
    /// [`OpenError`] says whether the layout, the key, the bytes or the type is wrong.
    pub fn open<T: Seal>(&self, sealed: &Sealed<T>, aad: Aad<'_>) -> Result<T, OpenError> {
        let parts = wire::split(sealed.as_bytes())?;
        if parts.key_id != self.id {
            return Err(OpenError::UnknownKey(u64::from(parts.key_id)));
        }
        let mut plain = Zeroizing::new(parts.ciphertext.to_vec());
        self.cipher
            .decrypt_inout_detached(
                parts.nonce.into(),
                &aad.encode(parts.header),
                plain.as_mut_slice().into(),
                parts.tag.into(),
            )
            .map_err(|_| OpenError::NotAuthentic)?;
        T::from_plain(plain).ok_or(OpenError::WrongType)
    }

    /// A keyed digest by which a row is found without opening it: HMAC-SHA-256
    /// over the kind and the value, under a key of its own, 32 bytes.
    ///
    /// Equal values of one kind have equal digests, so write the value in one
    /// form first (upper case, no spaces). A digest of customer data is customer
    /// data: it goes when the data goes.
    #[must_use]
    pub fn blind_index(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut mac = self.index.clone();
        mac.update(&(kind.len() as u64).to_be_bytes());
        mac.update(kind.as_bytes());
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault(key {:08x})", self.id)
    }
}
