//! Why a sequencer stopped.

use std::io;

use db::DbError;

use crate::anchor_file::AnchorError;

/// What keeps leaves from getting an index or a signature.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// Somebody else took the log over; nothing of this transaction was kept.
    #[error("another process took the log over")]
    Fenced,
    /// The log has fewer leaves than were anchored: a failover or a restore lost some.
    #[error("the log has {size} leaves, and {anchored} were anchored: it was restored to an earlier state")]
    Shorter {
        /// Leaves with an index.
        size: u64,
        /// Leaves in the anchored tree.
        anchored: u64,
    },
    /// The log's beginning is not what was anchored: signing would be a second history.
    #[error("the first {size} leaves are not those that were anchored")]
    Contradiction {
        /// Leaves in the anchored tree.
        size: u64,
    },
    /// A leaf below the head has no hash, or the indexes have a hole.
    #[error("the log has no leaf {index}")]
    Hole {
        /// The index that is missing.
        index: u64,
    },
    /// The anchor file did not take the checkpoint.
    #[error("failed to anchor a checkpoint")]
    Anchor(#[source] io::Error),
    /// What other processes added to the anchor file can't be believed.
    #[error(transparent)]
    Anchors(#[from] AnchorError),
    /// The database refused or can't be reached.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl SequenceError {
    /// Whether a person has to look: trying again can't mend it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Shorter { .. }
                | Self::Contradiction { .. }
                | Self::Hole { .. }
                | Self::Anchors(
                    AnchorError::Malformed(_) | AnchorError::Signature { .. } | AnchorError::Contradiction(_)
                )
        )
    }
}
