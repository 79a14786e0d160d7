//! Officers' verdicts, one per officer and application.

use db::{DbError, Tx};

/// What an officer lends on, where no offer says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Fen.
    pub limit: i64,
    /// Parts per million a year.
    pub rate_ppm: i64,
}

/// A verdict as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Who gave it.
    pub officer: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// The terms that came with it.
    pub terms: Option<Terms>,
    /// Of everything that was approved (`auth::approvals::Matter`).
    pub digest: String,
}

/// Records a verdict.
///
/// # Errors
/// [`DbError::Constraint`] when this officer gave one already.
pub async fn insert(
    tx: &mut Tx,
    application_id: &str,
    given: &Given,
    request_digest: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO approvals (application_id, officer, verdict, limit_amount, rate_ppm, digest, \
         request_digest, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            application_id.into(),
            (&given.officer).into(),
            (&given.verdict).into(),
            given.terms.map(|terms| terms.limit).into(),
            given.terms.map(|terms| terms.rate_ppm).into(),
            (&given.digest).into(),
            request_digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Who gave which verdict on an application, in the order in which they did.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_application(tx: &mut Tx, application_id: &str) -> Result<Vec<Given>, DbError> {
    let rows = tx
        .many(
            "SELECT officer, verdict, limit_amount, rate_ppm, digest FROM approvals WHERE application_id = $1 \
             ORDER BY decided_at, officer",
            &[application_id.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let terms = match (row.opt_int(2)?, row.opt_int(3)?) {
                (Some(limit), Some(rate_ppm)) => Some(Terms { limit, rate_ppm }),
                _ => None,
            };
            Ok(Given {
                officer: row.text(0)?.to_owned(),
                verdict: row.text(1)?.to_owned(),
                terms,
                digest: row.text(4)?.to_owned(),
            })
        })
        .collect()
}
