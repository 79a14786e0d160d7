//! Pre-approval decisions, replayable from their features.

use db::{DbError, Tx};
use serde_json::Value;
use vault::Sealed;

/// A decision with what it stands on.
#[derive(Debug)]
pub struct NewDecision<'a> {
    /// Typed id.
    pub id: &'a str,
    /// The application.
    pub application_id: &'a str,
    /// `approve`, `review` or `decline`.
    pub outcome: &'a str,
    /// Version of the decision tables.
    pub rules_version: &'a str,
    /// Version of the scorecard.
    pub model_version: &'a str,
    /// Sealed score and reason codes.
    pub findings: &'a Sealed<Value>,
    /// Sealed features.
    pub features: &'a Sealed<Value>,
    /// Hash of the features in the clear.
    pub features_hash: &'a str,
    /// Microseconds.
    pub at: i64,
}

/// Inserts a decision.
///
/// # Errors
/// Any [`DbError`].
pub async fn insert(tx: &mut Tx, new: &NewDecision<'_>) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO decisions (id, application_id, outcome, rules_version, model_version, findings_sealed, \
         features_sealed, features_hash, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            new.id.into(),
            new.application_id.into(),
            new.outcome.into(),
            new.rules_version.into(),
            new.model_version.into(),
            new.findings.as_bytes().into(),
            new.features.as_bytes().into(),
            new.features_hash.into(),
            new.at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The newest decision's id, and its score and reason codes, sealed.
///
/// # Errors
/// Any [`DbError`].
pub async fn findings(tx: &mut Tx, application_id: &str) -> Result<Option<(String, Sealed<Value>)>, DbError> {
    let row = tx
        .one(
            "SELECT id, findings_sealed FROM decisions WHERE application_id = $1 \
             ORDER BY decided_at DESC LIMIT 1",
            &[application_id.into()],
        )
        .await?;
    row.map(|row| {
        Ok((
            row.text(0)?.to_owned(),
            Sealed::from_bytes(row.bytes(1)?.to_vec()),
        ))
    })
    .transpose()
}
