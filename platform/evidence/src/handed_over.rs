//! Checkpoints of other logs, kept in this database, so that who changes the
//! other log has to change this one too.
//!
//! Taking one in is no act of an operator and leaves no leaf: a leaf would make
//! a checkpoint, which the other plane takes in, which would leave a leaf there,
//! and so on without end. The signed note itself is the record.

use db::{DbError, Tx};

use crate::checkpoint::{NoteError, Verifier};
use crate::proof::Head;

/// Why a checkpoint is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// Not signed by any of the keys that are known here.
    #[error("not a checkpoint of a log whose key is known here")]
    Unknown,
    /// Another tree of the same size was taken in before: the log shows two histories.
    #[error("the log {origin} signed two different trees of size {size}")]
    SplitView {
        /// The log.
        origin: String,
        /// Leaves in both trees.
        size: u64,
    },
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Reads a note with whichever of the keys signed it.
///
/// # Errors
/// [`HandOverError::Unknown`].
pub fn verify<'k>(keys: &'k [Verifier], note: &str) -> Result<(&'k Verifier, Head), HandOverError> {
    let opened = keys.iter().find_map(|key| Some((key, key.open(note).ok()?)));
    opened.ok_or(HandOverError::Unknown)
}

/// Keeps a verified checkpoint; again does nothing.
///
/// # Errors
/// [`HandOverError::SplitView`], or the database's refusal.
pub async fn keep(
    tx: &mut Tx,
    key: &Verifier,
    head: &Head,
    note: &str,
    at: i64,
) -> Result<(), HandOverError> {
    let size = i64::try_from(head.size).map_err(|_| HandOverError::Unknown)?;
    let origin = key.name();
    let fresh = tx
        .exec(
            "INSERT INTO evidence_checkpoints (origin, size, note, at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (origin, size) DO NOTHING",
            &[origin.into(), size.into(), note.into(), at.into()],
        )
        .await?;
    if fresh == 1 {
        return Ok(());
    }
    let sql = "SELECT note FROM evidence_checkpoints WHERE origin = $1 AND size = $2";
    let known = tx.one(sql, &[origin.into(), size.into()]).await?;
    let same = known.is_some_and(|row| {
        row.text(0)
            .is_ok_and(|known| known == note || key.open(known) == Ok::<_, NoteError>(*head))
    });
    if same {
        Ok(())
    } else {
        Err(HandOverError::SplitView {
            origin: origin.to_owned(),
            size: head.size,
        })
    }
}
