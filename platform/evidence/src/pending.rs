//! What waits for its index, and so is not protected yet; and how far the log is.

use db::{Db, DbError};

/// What one log shows without being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Leaves without an index.
    pub count: i64,
    /// When the oldest was left, in microseconds since the Unix epoch.
    pub oldest: Option<i64>,
    /// Leaves with an index.
    pub size: i64,
    /// Leaves under the newest signed checkpoint in the database.
    pub signed: i64,
}

/// Looks at one log's.
///
/// # Errors
/// What the database refused.
pub async fn pending(db: &Db, origin: &str) -> Result<Pending, DbError> {
    let sql = "SELECT COUNT(*), MIN(at), \
               COALESCE((SELECT MAX(size) FROM evidence_heads WHERE origin = $1), 0), \
               COALESCE((SELECT MAX(size) FROM evidence_checkpoints WHERE origin = $1), 0) \
               FROM evidence_leaves WHERE origin = $1 AND idx IS NULL";
    let row = db.one(sql, &[origin.into()]).await?;
    let row = row.ok_or_else(|| DbError::Other("a count gave no row".to_owned()))?;
    Ok(Pending {
        count: row.int(0)?,
        oldest: row.opt_int(1)?,
        size: row.int(2)?,
        signed: row.int(3)?,
    })
}
