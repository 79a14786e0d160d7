//! Why a sealed field does not open.

/// Carries no plaintext and no key, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than its header and tag, or of a layout that this build doesn't know.
    #[error("not a sealed field of a known layout")]
    Malformed,
    /// Sealed under a key that this vault doesn't hold.
    #[error("sealed under key {0:08x}, which this vault does not hold")]
    UnknownKey(u32),
    /// Changed since it was sealed, or sealed for another table, column or subject.
    #[error("not authentic for this table, column and subject")]
    NotAuthentic,
    /// Authentic, but not a value of the type asked for.
    #[error("not a value of the type asked for")]
    WrongType,
}
