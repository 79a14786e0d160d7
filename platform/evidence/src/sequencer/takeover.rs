//! Taking the log over: a new term, and a look at all of it.

use db::{Db, DbError, Tx};

use super::batch::{hash_of, signed};
use super::{Holding, SequenceError, Sequencer};
use crate::proof::Head;
use crate::tree::{Edge, Hash};

/// Hashes in one read: some 10 ms, far below any budget.
const PAGE: i64 = 20_000;

impl Sequencer {
    /// Makes this process the one that numbers the log's leaves. All of them are
    /// read, since the tree's edge is believed from no row: their root must be
    /// the one that was last anchored, at its size.
    ///
    /// # Errors
    /// [`SequenceError`]; then this process does not hold the log.
    pub async fn take_over(&mut self) -> Result<(), SequenceError> {
        self.holding = None;
        let anchored = self.anchored().await?;
        let origin = self.origin().to_owned();
        let (term, size) = self
            .db
            .write(move |tx| Box::pin(async move { new_term(tx, &origin).await }))
            .await?;
        let edge = replay(&self.db, self.origin(), size, &anchored).await?;
        self.signed = anchored.into_iter().max_by_key(|head| head.size);
        self.holding = Some(Holding { term, edge });
        Ok(())
    }

    /// The newest head from each place that remembers one: this process, the
    /// anchor file, and the database itself, whose own memory is worth least.
    async fn anchored(&self) -> Result<Vec<Head>, SequenceError> {
        let mut heads: Vec<Head> = self.signed.into_iter().collect();
        if let Some(file) = self.anchors.clone() {
            let newest = tokio::task::spawn_blocking(move || file.newest()).await;
            heads.extend(newest.map_err(|error| SequenceError::Anchor(std::io::Error::other(error)))??);
        }
        heads.extend(self.signed_by_others().await?);
        Ok(heads)
    }

    /// Remembers what whoever holds the log has signed: should the database fall back
    /// later, this process still knows it, wherever the others keep their anchors.
    ///
    /// # Errors
    /// [`SequenceError::Shorter`] if it has fallen back already; or the database's refusal.
    pub(super) async fn look_on(&mut self) -> Result<(), SequenceError> {
        let newest = self.signed_by_others().await?;
        self.signed = self.signed.into_iter().chain(newest).max_by_key(|head| head.size);
        let Some(known) = self.signed else {
            return Ok(());
        };
        // Not the newest checkpoint's size: whoever was fenced may have anchored one that was not kept.
        let sql = "SELECT size FROM evidence_heads WHERE origin = $1";
        let row = self.db.one(sql, &[self.origin().into()]).await?;
        let size = row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs();
        if known.size > size {
            let anchored = known.size;
            return Err(SequenceError::Shorter { size, anchored });
        }
        Ok(())
    }

    /// The newest head that the database holds a signature of.
    async fn signed_by_others(&self) -> Result<Option<Head>, SequenceError> {
        let sql = "SELECT note FROM evidence_checkpoints WHERE origin = $1 ORDER BY size DESC LIMIT 1";
        if let Some(row) = self.db.one(sql, &[self.origin().into()]).await? {
            match self.signer.verifier().open(row.text(0)?) {
                Ok(head) => return Ok(Some(head)),
                Err(error) => tracing::warn!(%error, "the newest checkpoint in the database is passed over"),
            }
        }
        Ok(None)
    }
}

async fn new_term(tx: &mut Tx, origin: &str) -> Result<(i64, u64), SequenceError> {
    let first =
        "INSERT INTO evidence_heads (origin, term, size) VALUES ($1, 0, 0) ON CONFLICT (origin) DO NOTHING";
    tx.exec(first, &[origin.into()]).await?;
    let next = "UPDATE evidence_heads SET term = term + 1 WHERE origin = $1 RETURNING term, size";
    let row = tx.one(next, &[origin.into()]).await?;
    let row = row.ok_or_else(|| DbError::Other("the log has no head".to_owned()))?;
    let size =
        u64::try_from(row.int(1)?).map_err(|_| DbError::Other("the log's size is below zero".to_owned()))?;
    Ok((row.int(0)?, size))
}

/// The edge over the first `size` leaves, which must pass through every anchored head.
async fn replay(db: &Db, origin: &str, size: u64, anchored: &[Head]) -> Result<Edge, SequenceError> {
    if let Some(longest) = anchored.iter().find(|head| head.size > size) {
        return Err(SequenceError::Shorter {
            size,
            anchored: longest.size,
        });
    }
    let mut edge = Edge::default();
    agree(&edge, anchored)?;
    while edge.size() < size {
        let hashes = page(db, origin, edge.size()).await?;
        if hashes.is_empty() {
            return Err(SequenceError::Hole { index: edge.size() });
        }
        for (index, hash) in hashes {
            if edge.size() == size {
                break;
            }
            if index != edge.size() {
                return Err(SequenceError::Hole { index: edge.size() });
            }
            edge.push(hash);
            agree(&edge, anchored)?;
        }
    }
    Ok(edge)
}

fn agree(edge: &Edge, anchored: &[Head]) -> Result<(), SequenceError> {
    let mut here = anchored.iter().filter(|head| head.size == edge.size()).peekable();
    if here.peek().is_some() {
        let root = edge.root();
        if here.any(|head| head.root != root) {
            return Err(SequenceError::Contradiction { size: edge.size() });
        }
    }
    Ok(())
}

async fn page(db: &Db, origin: &str, from: u64) -> Result<Vec<(u64, Hash)>, DbError> {
    let origin = origin.to_owned();
    let from = signed(from)?;
    db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT idx, hash FROM evidence_leaves \
                       WHERE origin = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
            let rows = tx
                .many(sql, &[(&origin).into(), from.into(), (from + PAGE).into()])
                .await?;
            rows.iter()
                .map(|row| Ok((row.int(0)?.unsigned_abs(), hash_of(row.bytes(1)?)?)))
                .collect()
        })
    })
    .await
}
