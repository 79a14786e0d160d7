//! What time it certainly is, where something must not happen too early.

use db::{DbError, Dialect, Tx};

/// The earlier of an instance's clock and, on PostgreSQL, the server's, which all instances share: one whose clock is
/// ahead must not do for all what their clocks say is not due.
pub(super) async fn certain(tx: &mut Tx, now: i64) -> Result<i64, DbError> {
    if tx.dialect() == Dialect::Sqlite {
        // Whoever has the file has its machine's clock.
        return Ok(now);
    }
    let sql = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint";
    let row = tx.one(sql, &[]).await?;
    let shared = row.map(|row| row.int(0)).transpose()?;
    Ok(shared.map_or(now, |shared| shared.min(now)))
}
