//! One transaction: the lock and the fence, then indexes for a batch of leaves.

use db::{DbError, Tx};

use super::{SequenceError, Sequencer, batch_of};
use crate::tree::Hash;

/// The head's row is the lock: whoever changes it waits for whoever did. A later
/// term or another size means that somebody else took over.
const FENCE: &str = "UPDATE evidence_heads SET size = size WHERE origin = $1 AND term = $2 AND size = $3";

/// The leaves without an index, oldest first, get the next ones. Their order is
/// the log's from here on; what the clocks of two instances say may differ.
const NUMBER: &str = "WITH numbered AS ( \
      SELECT id, ROW_NUMBER() OVER (ORDER BY at) - 1 AS place FROM ( \
        SELECT id, at FROM evidence_leaves WHERE origin = $1 AND idx IS NULL ORDER BY at LIMIT $2 \
      ) AS batch \
    ) UPDATE evidence_leaves SET idx = $3 + numbered.place FROM numbered \
    WHERE evidence_leaves.id = numbered.id RETURNING idx, hash";

const ADVANCE: &str = "UPDATE evidence_heads SET size = $2 WHERE origin = $1";

impl Sequencer {
    /// Gives the next leaves their indexes; answers how many, once that is durable.
    /// Fewer than were asked for means that no more wait. It must have
    /// [taken over](Self::take_over).
    ///
    /// # Errors
    /// [`SequenceError`]; then this process no longer holds the log, since
    /// the outcome may be unknown.
    pub async fn integrate(&mut self) -> Result<u64, SequenceError> {
        let Some(mut holding) = self.holding.take() else {
            return Err(SequenceError::Fenced);
        };
        let (origin, term) = (self.origin().to_owned(), holding.term);
        let size = holding.edge.size();
        let most = batch_of(self.db.dialect());
        let hashes = self
            .db
            .write(move |tx| Box::pin(async move { number(tx, &origin, term, size, most).await }))
            .await?;
        hashes.iter().for_each(|hash| holding.edge.push(*hash));
        self.holding = Some(holding);
        Ok(hashes.len() as u64)
    }
}

async fn number(
    tx: &mut Tx,
    origin: &str,
    term: i64,
    size: u64,
    most: i64,
) -> Result<Vec<Hash>, SequenceError> {
    let size = signed(size)?;
    let held = tx.exec(FENCE, &[origin.into(), term.into(), size.into()]).await?;
    if held != 1 {
        return Err(SequenceError::Fenced);
    }
    let rows = tx
        .many(NUMBER, &[origin.into(), most.into(), size.into()])
        .await?;
    let mut numbered = rows
        .iter()
        .map(|row| Ok((row.int(0)?, hash_of(row.bytes(1)?)?)))
        .collect::<Result<Vec<(i64, Hash)>, DbError>>()?;
    // RETURNING gives rows in no particular order.
    numbered.sort_unstable_by_key(|(index, _)| *index);
    let next = size + signed(numbered.len() as u64)?;
    if next > size {
        tx.exec(ADVANCE, &[origin.into(), next.into()]).await?;
    }
    Ok(numbered.into_iter().map(|(_, hash)| hash).collect())
}

pub(super) fn hash_of(bytes: &[u8]) -> Result<Hash, DbError> {
    bytes
        .try_into()
        .map_err(|_| DbError::Other("a leaf's hash does not have 32 bytes".to_owned()))
}

/// A log has far fewer than 2⁶³ leaves.
pub(super) fn signed(count: u64) -> Result<i64, DbError> {
    i64::try_from(count).map_err(|_| DbError::Other("a log has more leaves than a row can count".to_owned()))
}
