//! Signing what has committed, and only what continues what was signed.

use db::DbError;

use super::batch::signed;
use super::{SequenceError, Sequencer, Unkept};
use crate::proof::Head;

impl Sequencer {
    /// Signs the present head if it is longer than the last one that was signed;
    /// answers the checkpoint once it is anchored.
    ///
    /// The edge was checked against the last anchor when this process took over,
    /// and has only grown by leaves that committed under its own term; so a longer
    /// tree continues the signed one, and a tree of the same size is the same.
    ///
    /// # Errors
    /// [`SequenceError::Anchor`], or the database's refusal. The next call tries again.
    pub async fn sign(&mut self) -> Result<Option<(Head, String)>, SequenceError> {
        let Some(head) = self.head() else {
            return Err(SequenceError::Fenced);
        };
        if head.size > 0 && self.signed.is_none_or(|last| last.size < head.size) {
            let note = self.signer.checkpoint(&head);
            let at = self.clock.now_micros();
            // The file first: from here on the signature can be held against us.
            if let Some(file) = self.anchors.clone() {
                let line = note.clone();
                let written = tokio::task::spawn_blocking(move || file.append(at, &line)).await;
                written
                    .map_err(std::io::Error::other)
                    .flatten()
                    .map_err(SequenceError::Anchor)?;
            }
            self.signed = Some(head);
            self.unkept = Some(Unkept { head, note, at });
        }
        // One that the database refused before is kept and told now.
        let Some(Unkept { head, note, at }) = self.unkept.clone() else {
            return Ok(None);
        };
        self.keep(head, &note, at).await?;
        self.unkept = None;
        Ok(Some((head, note)))
    }

    async fn keep(&self, head: Head, note: &str, at: i64) -> Result<(), SequenceError> {
        let (origin, size, note) = (self.origin().to_owned(), signed(head.size)?, note.to_owned());
        let kept = self.db.write(move |tx| {
            Box::pin(async move {
                tx.exec(
                    "INSERT INTO evidence_checkpoints (origin, size, note, at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (origin, size) DO NOTHING",
                    &[(&origin).into(), size.into(), (&note).into(), at.into()],
                )
                .await?;
                Ok::<(), DbError>(())
            })
        });
        Ok(kept.await?)
    }
}
