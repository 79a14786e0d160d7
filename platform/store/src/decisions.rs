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
    /// Scorecard points, where all features were there.
    pub score: Option<i64>,
    /// Version of the decision tables.
    pub rules_version: &'a str,
    /// Version of the scorecard.
    pub model_version: &'a str,
    /// Reason codes, a JSON array.
    pub reasons: &'a str,
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
        "INSERT INTO decisions (id, application_id, outcome, score, rules_version, model_version, reasons, \
         features_sealed, features_hash, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            new.id.into(),
            new.application_id.into(),
            new.outcome.into(),
            new.score.into(),
            new.rules_version.into(),
            new.model_version.into(),
            new.reasons.into(),
            new.features.as_bytes().into(),
            new.features_hash.into(),
            new.at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The reason codes of the newest decision, a JSON array.
///
/// # Errors
/// Any [`DbError`].
pub async fn reasons(tx: &mut Tx, application_id: &str) -> Result<Option<String>, DbError> {
    let row = tx
        .one(
            "SELECT reasons FROM decisions WHERE application_id = $1 ORDER BY decided_at DESC LIMIT 1",
            &[application_id.into()],
        )
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}
