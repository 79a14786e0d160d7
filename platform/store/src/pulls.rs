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

/// Records an answer, sealed, and until when its raw form is kept.
///
/// # Errors
/// Any [`DbError`].
pub async fn answered(
    tx: &mut Tx,
    id: &str,
    sealed: &Sealed<Value>,
    hash: &str,
    at: i64,
    expires_at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE pulls SET state = 'answered', answer_sealed = $2, answer_hash = $3, finished_at = $4, \
         expires_at = $5 WHERE id = $1",
        &[
            id.into(),
            sealed.as_bytes().into(),
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
