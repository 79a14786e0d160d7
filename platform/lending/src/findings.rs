//! Score and reason codes of a decision: sealed like the features that they are made of.

use decision::decision::Decision;
use domain::ids::FirmId;
use domain::lane::Lane;
use serde_json::{Value, json};
use store::sealed;
use vault::{Keys, OpenError, Sealed};

use crate::{Refusal, World, firm_keys};

/// Seals what a decision found, at its row.
///
/// # Errors
/// A key that is gone or stale.
pub(crate) fn seal(keys: &Keys, row: &str, decision: &Decision) -> Result<Sealed<Value>, OpenError> {
    let found = json!({ "score": decision.score, "reasons": decision.reasons });
    keys.seal(sealed::at(&sealed::FINDINGS, row), &found)
}

/// The reason codes of a decision; none once their key is destroyed.
///
/// # Errors
/// The key store's refusal, or what is not what was sealed.
pub(crate) async fn reasons<L: Lane>(
    world: &World<L>,
    firm: &FirmId,
    (row, found): (String, Sealed<Value>),
) -> Result<Vec<String>, Refusal> {
    let keys = firm_keys::of(world, firm).await?;
    let found = match keys.open(sealed::at(&sealed::FINDINGS, &row), &found) {
        Err(OpenError::Destroyed) => return Ok(Vec::new()),
        found => found?,
    };
    let reasons = found.get("reasons").cloned().unwrap_or_default();
    serde_json::from_value(reasons).map_err(|error| Refusal::internal(&error))
}
