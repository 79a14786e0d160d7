//! The access key at work: seals secrets in rows, and makes keyed digests.

use std::fmt;
use std::path::Path;

use rand::{TryRngCore, rngs::OsRng};
use vault::suite::{Aes256GcmHmacSha256, Cipher, KeyedDigest, NONCE, Suite, TAG};
use zeroize::Zeroizing;

use crate::key_file::{self, AccessKeyError};

/// The layout of what it seals: version, key's name, nonce, ciphertext, tag.
const VERSION: u8 = 1;
const HEADER: usize = 1 + 4;

/// Seals and opens. Share it behind an `Arc`.
pub struct AccessKey {
    keys: Vec<Expanded>,
    digest: Box<dyn KeyedDigest>,
}

struct Expanded {
    id: [u8; 4],
    cipher: Box<dyn Cipher>,
}

/// What a sealed secret is bound to: a column, and the account whose row it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub(crate) column: &'static str,
    pub(crate) account: &'a str,
}

impl AccessKey {
    /// From the file that [`create_access_key`](crate::create_access_key) made.
    ///
    /// # Errors
    /// The file is absent, open to others, or not an access key file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, AccessKeyError> {
        let named = key_file::load(path.as_ref())?;
        // Digests must not change when a key is put above: the last line, the oldest key, makes them.
        let oldest = named.last().ok_or(AccessKeyError::Malformed(2))?;
        let digest = derived(oldest.key.as_slice(), "digest", |key| {
            Aes256GcmHmacSha256.digest(key)
        })?;
        let keys = named.iter().map(|named| {
            let cipher = derived(named.key.as_slice(), "seal", |key| {
                Aes256GcmHmacSha256.cipher(key)
            })?;
            Ok(Expanded { id: named.id, cipher })
        });
        Ok(Self {
            keys: keys.collect::<Result<_, AccessKeyError>>()?,
            digest,
        })
    }

    /// Seals a secret for its place.
    pub(crate) fn seal(&self, secret: &[u8], bound: Bound<'_>) -> std::io::Result<Vec<u8>> {
        let newest = self
            .keys
            .first()
            .ok_or_else(|| std::io::Error::other("no access key"))?;
        let mut nonce = [0; NONCE];
        OsRng.try_fill_bytes(&mut nonce).map_err(std::io::Error::other)?;
        let mut bytes = Vec::with_capacity(HEADER + NONCE + secret.len() + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(&newest.id);
        let associated = associated(&bytes, bound);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(secret);
        let body = bytes.get_mut(HEADER + NONCE..).unwrap_or_default();
        let tag = newest.cipher.seal(&nonce, &associated, body);
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }

    /// Opens what was sealed for this place; `None` for changed bytes, another
    /// place, or a key that is not in the file.
    pub(crate) fn open(&self, sealed: &[u8], bound: Bound<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let (header, rest) = sealed.split_first_chunk::<HEADER>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (body, tag) = rest.split_last_chunk::<TAG>()?;
        let [version, id @ ..] = header;
        let key = self
            .keys
            .iter()
            .find(|key| *version == VERSION && key.id == *id)?;
        let mut plain = Zeroizing::new(body.to_vec());
        key.cipher
            .open(nonce, &associated(header, bound), &mut plain, tag)
            .ok()?;
        Some(plain)
    }

    /// A keyed digest of a text, for one use: nobody without the key can tell
    /// whose it is, or aim at another's.
    pub(crate) fn digest(&self, purpose: &str, text: &[u8]) -> Vec<u8> {
        let length = (purpose.len() as u64).to_be_bytes();
        self.digest.of(&[&length, purpose.as_bytes(), text])
    }
}

fn derived<T>(key: &[u8], purpose: &str, make: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, AccessKeyError> {
    let derived = Aes256GcmHmacSha256
        .digest(key)
        .map(|digest| Zeroizing::new(digest.of(&[b"backstop access ", purpose.as_bytes()])));
    derived
        .and_then(|key| make(&key))
        .ok_or(AccessKeyError::Malformed(2))
}

fn associated(header: &[u8], bound: Bound<'_>) -> Vec<u8> {
    let length = (bound.column.len() as u64).to_be_bytes();
    [header, &length, bound.column.as_bytes(), bound.account.as_bytes()].concat()
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> AccessKey {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        AccessKey::load(path).unwrap()
    }

    const OLD: &str = "00000001 00000000000000000000000000000000000000000000000000000000000000a1\n";
    const NEW: &str = "00000002 00000000000000000000000000000000000000000000000000000000000000b2\n";

    fn at(column: &'static str, account: &'static str) -> Bound<'static> {
        Bound { column, account }
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let key = key(&format!("backstop-access-key 1\n{OLD}"));
        let sealed = key.seal(b"secret", at("totp_sealed", "ann")).unwrap();
        let opened = |bound| key.open(&sealed, bound).map(|plain| plain.to_vec());
        assert_eq!(opened(at("totp_sealed", "ann")), Some(b"secret".to_vec()));
        assert_eq!(opened(at("totp_sealed", "bob")), None);
        assert_eq!(opened(at("password_sealed", "ann")), None);
        assert_eq!(opened(at("totp_seale", "dann")), None);
    }

    #[test]
    fn a_new_key_opens_what_the_old_one_sealed_and_digests_stay() {
        let old = key(&format!("backstop-access-key 1\n{OLD}"));
        let both = key(&format!("backstop-access-key 1\n{NEW}{OLD}"));
        let sealed = old.seal(b"secret", at("totp_sealed", "ann")).unwrap();
        assert!(both.open(&sealed, at("totp_sealed", "ann")).is_some());
        let again = both.seal(b"secret", at("totp_sealed", "ann")).unwrap();
        assert!(old.open(&again, at("totp_sealed", "ann")).is_none());
        assert_eq!(old.digest("session", b"x"), both.digest("session", b"x"));
        assert_ne!(old.digest("session", b"x"), old.digest("source", b"x"));
    }

    proptest! {
        #[test]
        fn no_bytes_open_but_those_that_were_sealed(bytes in prop::collection::vec(any::<u8>(), 0..80), flip in 0_usize..39) {
            let key = key(&format!("backstop-access-key 1\n{OLD}"));
            prop_assert!(key.open(&bytes, at("totp_sealed", "ann")).is_none());
            let mut sealed = key.seal(b"secret", at("totp_sealed", "ann")).unwrap();
            sealed[flip] ^= 1;
            prop_assert!(key.open(&sealed, at("totp_sealed", "ann")).is_none());
        }
    }
}
