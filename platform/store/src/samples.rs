//! Ids in slices, for whoever draws some of them at random.

use db::{DbError, Tx};

/// Ids in one slice: a few milliseconds of an index that holds nothing else.
const AT_ONCE: i64 = 20_000;

/// The next applications' ids after one, in order; empty at the end.
///
/// # Errors
/// Any [`DbError`].
pub async fn applications(tx: &mut Tx, after: &str) -> Result<Vec<String>, DbError> {
    let sql = "SELECT id FROM applications WHERE id > $1 ORDER BY id LIMIT $2";
    ids(tx, sql, after).await
}

/// The next firms' ids after one, in order; empty at the end.
///
/// # Errors
/// Any [`DbError`].
pub async fn firms(tx: &mut Tx, after: &str) -> Result<Vec<String>, DbError> {
    let sql = "SELECT id FROM firms WHERE id > $1 ORDER BY id LIMIT $2";
    ids(tx, sql, after).await
}

async fn ids(tx: &mut Tx, sql: &str, after: &str) -> Result<Vec<String>, DbError> {
    let rows = tx.many(sql, &[after.into(), AT_ONCE.into()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}
