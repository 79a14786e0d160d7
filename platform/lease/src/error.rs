//! What goes wrong with records; what goes wrong with undoing is a text for a person.

use std::io;
use std::path::PathBuf;

/// Why a record could not be made, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("{path}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The record would be larger than a keeper reads.
    #[error("the undo record has {0} bytes, which is more than {most}", most = crate::record::LARGEST)]
    TooLarge(usize),
    /// The folder holds as many records as it may.
    #[error("the folder holds {0} undo records already: recover them first")]
    Full(usize),
    /// Somebody else is undoing it and does not come to an end.
    #[error("another process is still undoing lease {0}")]
    Busy(String),
    /// What was found in place of a process or record makes no sense.
    #[error("{0}")]
    Nonsense(String),
    /// The fault could not be undone; its record stays.
    #[error("lease {id} could not be undone, and stays: {why}")]
    NotUndone {
        /// The lease.
        id: String,
        /// What a person should know.
        why: String,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
