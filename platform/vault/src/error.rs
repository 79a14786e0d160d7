//! Why a sealed field does not open, and why there are no keys to try.

use db::DbError;

use crate::kek::KekError;

/// Carries no plaintext and no key, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than its header and tag, or of a layout that this build doesn't know.
    #[error("not a sealed field of a known layout")]
    Malformed,
    /// Sealed under a key that this vault doesn't hold.
    #[error("sealed under key {0:08x}, which this vault does not hold")]
    UnknownKey(u64),
    /// Changed since it was sealed, or sealed for another table, column or subject.
    #[error("not authentic for this table, column and subject")]
    NotAuthentic,
    /// Authentic, but not a value of the type asked for.
    #[error("not a value of the type asked for")]
    WrongType,
    /// The key was destroyed: nobody opens this again.
    #[error("the key is destroyed")]
    Destroyed,
    /// The key store was not heard for a second, so a key may have been destroyed unseen.
    #[error("the key store was not heard for a second: keys are not used until it is")]
    Stale,
}

/// Why the vault has no keys, or could not do what was asked. Carries no key.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key store's database refused.
    #[error("key store: {0}")]
    Store(#[from] DbError),
    /// A KEK is missing or refused.
    #[error(transparent)]
    Kek(#[from] KekError),
    /// No such subject: the key store is another one, or older than the data.
    #[error("the key store has no keys of this subject")]
    NoSubject,
    /// As [`OpenError::Stale`].
    #[error("the key store was not heard for a second: no keys are handed out until it is")]
    Stale,
    /// A value in the key store is not what this build writes.
    #[error("the key store holds what this build does not understand: {0}")]
    Corrupt(&'static str),
    /// The journal of destroyed keys can't be read or written.
    #[error("journal of destroyed keys: {0}")]
    Journal(std::io::Error),
    /// The operating system gives no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness,
    /// Instances that don't hold the new KEK yet.
    #[error("live instances without the new KEK: {0}; copy the KEK file to them and run it again")]
    Waiting(String),
    /// Another process carries this rotation out.
    #[error("{0} carries this rotation out: wait for it, or end it and run this again")]
    Rotating(String),
    /// The journal of a rotation.
    #[error("the rotation's journal: {0}")]
    Saga(#[from] saga::SagaError),
}
