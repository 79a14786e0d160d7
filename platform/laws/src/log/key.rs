//! A log's public key, and what it says of a signed checkpoint
//! (<https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::Hash;

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;
/// The longest note that is read: sixteen signatures and a short text are some 3 KB.
const LONGEST: usize = 16 * 1024;

/// Why a key or a checkpoint can't be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+id+base64`.
    #[error("not a public key of the form name+id+key")]
    Key,
    /// Not a checkpoint.
    #[error("not a checkpoint")]
    Form,
    /// No signature by this key, or a wrong one.
    #[error("not signed by the log's key")]
    Signature,
}

/// Size and root of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// A log's name and public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Key {
    /// Reads the form `name+id+base64`.
    ///
    /// # Errors
    /// [`KeyError::Key`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let parts: Vec<&str> = text.trim_end().splitn(3, '+').collect();
        let [name, id, key] = parts[..] else {
            return Err(KeyError::Key);
        };
        let bytes = BASE64.decode(key).map_err(|_| KeyError::Key)?;
        let [ED25519, key @ ..] = bytes.as_slice() else {
            return Err(KeyError::Key);
        };
        let key = VerifyingKey::try_from(key).map_err(|_| KeyError::Key)?;
        let digest = Sha256::digest([name.as_bytes(), b"\n", bytes.as_slice()].concat());
        let mut own = [0; 4];
        own.copy_from_slice(&digest[..4]);
        let written = u32::from_str_radix(id, 16).map_err(|_| KeyError::Key)?;
        if name.is_empty() || id.len() != 8 || written.to_be_bytes() != own {
            return Err(KeyError::Key);
        }
        Ok(Self {
            name: name.to_owned(),
            id: own,
            key,
        })
    }

    /// The log that signs with it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a checkpoint of this log states.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(&self, note: &str) -> Result<Head, KeyError> {
        if note.len() > LONGEST {
            return Err(KeyError::Form);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(KeyError::Form)?;
        let text = format!("{text}\n");
        let mut signed = false;
        for line in signatures.strip_suffix('\n').ok_or(KeyError::Form)?.split('\n') {
            let line = line.strip_prefix("\u{2014} ").ok_or(KeyError::Form)?;
            let (name, signature) = line.split_once(' ').ok_or(KeyError::Form)?;
            let bytes = BASE64.decode(signature).map_err(|_| KeyError::Form)?;
            // Other names sign as witnesses; what they say is theirs.
            let Some(signature) = bytes.strip_prefix(&self.id).filter(|_| name == self.name) else {
                continue;
            };
            let signature = Signature::from_slice(signature).map_err(|_| KeyError::Signature)?;
            let valid = self.key.verify_strict(text.as_bytes(), &signature);
            valid.map_err(|_| KeyError::Signature)?;
            signed = true;
        }
        if signed {
            self.head(&text)
        } else {
            Err(KeyError::Signature)
        }
    }

    fn head(&self, text: &str) -> Result<Head, KeyError> {
        let mut lines = text.split('\n');
        let (Some(name), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(KeyError::Form);
        };
        let number: u64 = size.parse().map_err(|_| KeyError::Form)?;
        let root = BASE64.decode(root).map_err(|_| KeyError::Form)?;
        if name != self.name || number.to_string() != size {
            return Err(KeyError::Form);
        }
        Ok(Head {
            size: number,
            root: root.try_into().map_err(|_| KeyError::Form)?,
        })
    }
}
