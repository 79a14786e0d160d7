//! What can go wrong while alerts become pages.

use db::DbError;

/// Why a call of this crate did not do what was asked.
///
/// No variant holds an address, a secret or a value of a label: all may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The store refused or is not there.
    #[error("the notifier's store did not do it")]
    Store(#[from] DbError),
    /// A field of what was handed in is not as it must be.
    #[error("{field}: {mend}")]
    Invalid {
        /// Where, such as `alerts[3].labels`.
        field: String,
        /// What to do about it.
        mend: String,
    },
    /// A bound is reached; nothing was stored of what is beyond it.
    #[error("{what}: the bound of {bound} is reached")]
    Full {
        /// Of what there are too many.
        what: &'static str,
        /// How many there may be.
        bound: usize,
    },
    /// What was named does not exist, or is over.
    #[error("no such {0}")]
    Unknown(&'static str),
    /// What has to be signed was not, or too long ago.
    #[error("{0}")]
    Unsigned(&'static str),
    /// A row holds what this version cannot read.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
    /// A client for the network could not be made.
    #[error("no client for {0}")]
    Client(&'static str),
}

impl NotifyError {
    /// A field and its mend.
    pub(crate) fn invalid(field: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            mend: mend.into(),
        }
    }
}
