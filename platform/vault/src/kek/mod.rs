//! Key-encryption keys (KEKs): what wraps the data keys, and never leaves its provider.

mod file;
mod format;
mod replace;
mod ring;

use std::io;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::Custodian;
use crate::suite::Suite;

pub use file::FileKek;

/// Wraps and unwraps data keys under numbered KEKs (epochs). A file does it here;
/// a hardware module (PKCS#11, or SDF of GM/T 0018) would implement the same, with
/// KEKs that cannot be exported.
///
/// Calls are made from asynchronous code and should take microseconds: a module
/// behind a network keeps sessions open and bounds its own waiting.
pub trait KekProvider: Send + Sync + 'static {
    /// Whose keys it wraps.
    fn custodian(&self) -> Custodian;
    /// The epochs that it holds, ascending.
    fn epochs(&self) -> Vec<u32>;
    /// The suite of its newest KEK, which new data keys take as well.
    fn suite(&self) -> Arc<dyn Suite>;
    /// Encrypts a data key, bound to its context.
    ///
    /// # Errors
    /// No KEK of that epoch, or no randomness.
    fn wrap(&self, epoch: u32, context: &[u8], key: &[u8]) -> Result<Vec<u8>, KekError>;
    /// Decrypts a data key that was wrapped for this context.
    ///
    /// # Errors
    /// No KEK of that epoch, or bytes that are not authentic.
    fn unwrap(&self, epoch: u32, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError>;
    /// Looks for what another process added or destroyed.
    ///
    /// # Errors
    /// What the device or the file system refuses.
    fn reload(&self) -> Result<(), KekError>;
    /// Makes the KEK of an epoch, durably; one that is there stays.
    ///
    /// # Errors
    /// What the device or the file system refuses.
    fn add(&self, epoch: u32) -> Result<(), KekError>;
    /// Destroys every KEK below an epoch, durably.
    ///
    /// # Errors
    /// What the device or the file system refuses; never the newest KEK.
    fn destroy_below(&self, epoch: u32) -> Result<(), KekError>;
}

/// Why a KEK can't be used. Shows no key.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// The file system refuses, or there is no such file.
    #[error("KEK file not readable or writable: {0}")]
    Io(#[from] io::Error),
    /// There is a file already: it is never overwritten.
    #[error("KEK file exists already, and is never overwritten")]
    Exists,
    /// Another account may read or write it.
    #[error(
        "KEK file has mode {0:04o}, wanted 0600: other accounts could have read the keys, so rotate them"
    )]
    TooOpen(u32),
    /// Not a regular file.
    #[error("KEK file is not a regular file")]
    NotAFile,
    /// Not in the format of this module.
    #[error("not a KEK file, at line {0}")]
    Malformed(usize),
    /// A key whose bytes are all alike.
    #[error("a key in the KEK file was not drawn at random")]
    MadeUp,
    /// The file belongs to the other custodian.
    #[error("the KEK file is {}'s, wanted {}'s", found.as_str(), wanted.as_str())]
    Custodian {
        /// Whose it is.
        found: Custodian,
        /// Whose it should be.
        wanted: Custodian,
    },
    /// No KEK of this epoch: the file is older than the key store, or the KEK is destroyed.
    #[error("no KEK of epoch {0}: the KEK file is not the key store's, or older, or the KEK is destroyed")]
    NoEpoch(u32),
    /// The newest KEK is never destroyed.
    #[error("epoch {0} would leave no KEK")]
    Last(u32),
    /// A wrapped key that was changed or moved.
    #[error("a wrapped key is not authentic for its subject, category, key id and epoch")]
    NotAuthentic,
    /// The operating system gives no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness,
}
