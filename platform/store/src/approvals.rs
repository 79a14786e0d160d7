//! Officers' verdicts, one per officer and application.

use db::{DbError, Tx};

/// Records a verdict.
///
/// # Errors
/// [`DbError::Constraint`] when this officer gave one already.
pub async fn insert(
    tx: &mut Tx,
    application_id: &str,
    officer: &str,
    verdict: &str,
    digest: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO approvals (application_id, officer, verdict, request_digest, decided_at) \
         VALUES ($1, $2, $3, $4, $5)",
        &[
            application_id.into(),
            officer.into(),
            verdict.into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Who gave which verdict on an application.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_application(tx: &mut Tx, application_id: &str) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx
        .many(
            "SELECT officer, verdict FROM approvals WHERE application_id = $1",
            &[application_id.into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}
