//! How a file is sealed as a whole: a head that says what it is, a byte for the version, a nonce of 12 bytes, then
//! AES-256-GCM (NIST SP 800-38D) with its tag at the end. Head and version are authenticated too.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use rand::{TryRngCore, rngs::OsRng};
use zeroize::Zeroizing;

use crate::key_file::Key;

/// The one version there is.
pub const VERSION: u8 = 1;
/// Sealed files are opened in memory, in some three copies: 256 MiB leave room on a machine of 1 GiB and hold
/// the rows of tens of thousands of loans.
pub const MAX_BYTES: usize = 256 << 20;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Why a file can't be sealed or opened. Shows nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// It does not begin as it should.
    #[error("the file does not begin as such a file does")]
    Head,
    /// Made by a later version of this program.
    #[error("the file has version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// More than is opened in memory.
    #[error("the file has {0} bytes, the most that is opened is {MAX_BYTES}")]
    TooLarge(usize),
    /// Another key, or altered bytes: the cipher can't tell which.
    #[error("the file was not sealed with this key, or it was altered")]
    NotAuthentic,
    /// The operating system has no randomness.
    #[error("no randomness for a nonce")]
    Random,
}

/// Seals bytes under a head. The same bytes give others each time.
///
/// # Errors
/// [`SealingError`].
pub fn seal(head: &[u8], plain: &[u8], key: &Key) -> Result<Vec<u8>, SealingError> {
    if plain.len() > MAX_BYTES {
        return Err(SealingError::TooLarge(plain.len()));
    }
    let mut nonce = [0; NONCE];
    OsRng
        .try_fill_bytes(&mut nonce)
        .map_err(|_| SealingError::Random)?;
    let head = [head, &[VERSION]].concat();
    let payload = Payload {
        msg: plain,
        aad: &head,
    };
    let sealed = cipher(key)?
        .encrypt((&nonce).into(), payload)
        .map_err(|_| SealingError::TooLarge(plain.len()))?;
    Ok([&head, &nonce[..], &sealed].concat())
}

/// Opens what was sealed under that head.
///
/// # Errors
/// [`SealingError`].
pub fn open(head: &[u8], bytes: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    let rest = bytes.strip_prefix(head).ok_or(SealingError::Head)?;
    let (version, rest) = rest.split_first().ok_or(SealingError::Head)?;
    if *version != VERSION {
        return Err(SealingError::Version(*version));
    }
    if rest.len() > NONCE + MAX_BYTES + TAG {
        return Err(SealingError::TooLarge(rest.len()));
    }
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(SealingError::Head)?;
    let head = [head, &[VERSION]].concat();
    let payload = Payload {
        msg: sealed,
        aad: &head,
    };
    let plain = cipher(key)?
        .decrypt(nonce.into(), payload)
        .map_err(|_| SealingError::NotAuthentic)?;
    Ok(Zeroizing::new(plain))
}

fn cipher(key: &Key) -> Result<Aes256Gcm, SealingError> {
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| SealingError::NotAuthentic)
}
