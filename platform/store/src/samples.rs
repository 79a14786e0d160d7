//! Ids in slices, for whoever draws some of them at random, and what is sealed of one.

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

/// The raw answers that were pulled for an application and are still kept, by pull.
///
/// # Errors
/// Any [`DbError`].
pub async fn answers(tx: &mut Tx, application: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let sql = "SELECT id, answer_sealed FROM pulls WHERE application_id = $1 AND answer_sealed IS NOT NULL";
    sealed(tx, sql, application).await
}

/// The reports on an application, by task.
///
/// # Errors
/// Any [`DbError`].
pub async fn reports(tx: &mut Tx, application: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let sql = "SELECT id, report_sealed FROM diligence_tasks \
               WHERE application_id = $1 AND report_sealed IS NOT NULL";
    sealed(tx, sql, application).await
}

async fn sealed(tx: &mut Tx, sql: &str, application: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let rows = tx.many(sql, &[application.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_vec())))
        .collect()
}

async fn ids(tx: &mut Tx, sql: &str, after: &str) -> Result<Vec<String>, DbError> {
    let rows = tx.many(sql, &[after.into(), AT_ONCE.into()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}
