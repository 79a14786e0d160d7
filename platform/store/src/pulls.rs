//! Pulls of outside data, each under a consent.

use db::{DbError, Tx};
use serde_json::Value;
use vault::Sealed;

/// Records that a pull starts, citing the consent that allows it.
///
/// # Errors
/// Any [`DbError`].
pub async fn start(
    tx: &mut Tx,
    id: &str,
    application_id: &str,
    source: &str,
    consent_id: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO pulls (id, application_id, source, consent_id, state, started_at) \
         VALUES ($1, $2, $3, $4, 'started', $5)",
        &[
            id.into(),
            application_id.into(),
            source.into(),
            consent_id.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Records an answer: its hash and, unless it may not be kept, its sealed raw form
/// and until when.
///
/// # Errors
/// Any [`DbError`].
pub async fn answered(
    tx: &mut Tx,
    id: &str,
    sealed: Option<&Sealed<Value>>,
    hash: Option<&str>,
    at: i64,
    expires_at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE pulls SET state = 'answered', answer_sealed = $2, answer_hash = $3, finished_at = $4, \
         expires_at = $5 WHERE id = $1",
        &[
            id.into(),
            sealed.map(Sealed::as_bytes).into(),
            hash.into(),
            at.into(),
            expires_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Records that a source did not answer, and how.
///
/// # Errors
/// Any [`DbError`].
pub async fn failed(tx: &mut Tx, id: &str, failure: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE pulls SET state = 'failed', failure = $2, finished_at = $3 WHERE id = $1",
        &[id.into(), failure.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Erases the raw answers that were pulled under a consent; their hashes stay.
///
/// # Errors
/// Any [`DbError`].
pub async fn erase_of_consent(tx: &mut Tx, consent_id: &str, at: i64) -> Result<u64, DbError> {
    tx.exec(
        "UPDATE pulls SET answer_sealed = NULL, erased_at = $2 \
         WHERE consent_id = $1 AND answer_sealed IS NOT NULL",
        &[consent_id.into(), at.into()],
    )
    .await
}

/// Erases at most `most` raw answers whose time is over; says how many.
///
/// # Errors
/// Any [`DbError`].
pub async fn erase_expired(tx: &mut Tx, now: i64, most: i64) -> Result<u64, DbError> {
    tx.exec(
        "UPDATE pulls SET answer_sealed = NULL, erased_at = $1 WHERE id IN (SELECT id FROM pulls \
         WHERE answer_sealed IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        &[now.into(), most.into()],
    )
    .await
}
