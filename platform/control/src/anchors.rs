//! The other plane's checkpoints are kept here, so that who changes its log has to change this store too.

use base::problem::Code;
use client::evidence::{Anchor, Anchored};
use db::Db;
use evidence::Verifier;
use evidence::handed_over::{self, HandOverError};

use crate::Refusal;

/// Keeps a checkpoint that one of the known logs signed; again does nothing. No act: see
/// [`evidence::handed_over`].
///
/// # Errors
/// A note that no known key signed, a second tree of the same size, or the database's refusal.
pub async fn take(db: &Db, known: &[Verifier], now: i64, sent: Anchor) -> Result<Anchored, Refusal> {
    let (key, head) = handed_over::verify(known, &sent.checkpoint)?;
    let key = key.clone();
    let answer = Anchored {
        origin: key.name().to_owned(),
        size: head.size,
    };
    db.write(move |tx| {
        Box::pin(async move {
            handed_over::keep(tx, &key, &head, &sent.checkpoint, now).await?;
            Ok::<_, Refusal>(())
        })
    })
    .await?;
    Ok(answer)
}

impl From<HandOverError> for Refusal {
    fn from(error: HandOverError) -> Self {
        match error {
            HandOverError::Db(error) => error.into(),
            HandOverError::Unknown => Self::field(
                "checkpoint",
                "a checkpoint, signed by the key of a log that is known here",
            ),
            HandOverError::SplitView { .. } => {
                tracing::error!(%error, "an evidence log shows two histories");
                Self::with(Code::AlreadyExists, "another tree of this size was signed before")
            }
        }
    }
}
