//! What proposing and approving need to know of a plan: its digest, and whom it is about.

use std::path::Path;

use base::exit;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::ended::stop;

/// The act of purging under a plan.
pub(super) const ACT: &str = "exit.purge";

/// As long as `backstop-exit` lets one be.
const LONGEST: u64 = 64 * 1024 * 1024;

/// A plan's file.
pub(super) struct Plan {
    /// SHA-256 over its one form (JCS, RFC 8785), in hexadecimal.
    pub(super) digest: String,
    /// `firm` or `product`.
    pub(super) scope: String,
    /// Customers who leave.
    pub(super) leaving: usize,
    /// Whether its rules are a rehearsal's.
    pub(super) rehearsal: bool,
}

/// Reads one, and says what is wrong with it.
pub(super) fn read(path: &Path) -> anyhow::Result<Plan> {
    let wrong = |text: &str| stop(exit::USAGE, format!("--plan {}: {text}", path.display()));
    let length = std::fs::metadata(path)
        .map_err(|error| wrong(&error.to_string()))?
        .len();
    if length > LONGEST {
        return Err(wrong("it is too long to be a plan"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&error.to_string()))?;
    let plan: Value = serde_json::from_slice(&bytes).map_err(|_| wrong("it is not JSON"))?;
    let scope = plan.pointer("/scope/kind").and_then(Value::as_str);
    let leaving = plan.get("leaving").and_then(Value::as_array);
    let (Some("backstop-exit-plan/1"), Some(scope), Some(leaving)) =
        (plan.get("format").and_then(Value::as_str), scope, leaving)
    else {
        return Err(wrong("it is no plan of `backstop exit plan`"));
    };
    let digest = Sha256::digest(serde_jcs::to_vec(&plan)?);
    Ok(Plan {
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        scope: scope.to_owned(),
        leaving: leaving.len(),
        rehearsal: plan.get("rehearsal").and_then(Value::as_bool) == Some(true),
    })
}
