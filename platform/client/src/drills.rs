//! What a tool tells the control plane of a drill: that it begins, which faults come, how it ended.
//!
//! Names are 1 to 40 of `a-z`, `0-9` and `-`, a letter first; values of parameters may also hold `_`, `.` and
//! `:`, up to 64. Eleven digits in a row fit nowhere but in the parameter `seed`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/drills`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginDrill {
    /// What kind, as in `rehearsal`.
    pub kind: String,
    /// What it was asked for, at most 16, as in `seed` and `store`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// `POST /v1/drills/{id}/faults`, before the fault is injected.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceFault {
    /// Which, as in `kill`.
    pub fault: String,
    /// What it is injected into, as in `financing`.
    pub target: String,
}

/// `POST /v1/drills/{id}/end`
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDrill {
    /// `held`, `broken`, `not-touched`, `failed` or `interrupted`.
    pub outcome: String,
    /// Each law's verdict: `held`, `broken` or `not-touched`.
    #[serde(default)]
    pub laws: BTreeMap<u8, String>,
    /// SHA-256 of the report for machines, in hex, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_sha256: Option<String>,
}

/// A drill on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drill {
    /// `drl_…`
    pub id: String,
    /// What kind.
    pub kind: String,
    /// What it was asked for.
    pub parameters: BTreeMap<String, String>,
    /// When it began, in microseconds since 1970.
    pub begun_at: i64,
    /// Who began it.
    pub begun_by: String,
    /// Faults, as they were announced.
    pub faults: Vec<Fault>,
    /// How it ended; absent while it runs, and when whoever ran it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DrillEnd>,
}

/// A fault of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// `flt_…`
    pub id: String,
    /// Which.
    pub fault: String,
    /// What it was injected into.
    pub target: String,
    /// When it was announced, in microseconds since 1970.
    pub announced_at: i64,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrillEnd {
    /// When, in microseconds since 1970.
    pub ended_at: i64,
    /// Who said so.
    pub ended_by: String,
    /// In one word.
    pub outcome: String,
    /// Each law's verdict.
    pub laws: BTreeMap<u8, String>,
    /// SHA-256 of the report for machines, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_sha256: Option<String>,
}
