//! What whoever runs a runbook tells the control plane: that a run begins, what others are asked to approve, how it
//! ended; and what they answer.
//!
//! No text of a page and no value of a parameter gets there: pages and steps are named by short words, plan, values and
//! approvals by their SHA-256.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/runs`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginRun {
    /// The run's id, which whoever runs it draws, so that it is known while nobody can be told: `run_` and 32 hex digits.
    pub id: String,
    /// Of which page, as in `close-intake`.
    pub page: String,
    /// SHA-256 of the plan, in hex.
    pub plan_sha256: String,
    /// SHA-256 of plan and values together, in hex: what the run is bound to.
    pub bound_sha256: String,
    /// Of a run that began while nobody could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<Offline>,
}

/// How a run began while nobody could be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// By whom, as it was said then: who tells of it has to be the same.
    pub by: String,
    /// Why it did not wait, in one word, as in `plane-down`.
    pub reason: String,
    /// When, in microseconds since 1970, by the clock there.
    pub begun_at: i64,
}

/// `POST /v1/runs/{id}/approvals`: others are asked. Once a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskApproval {
    /// For which step.
    pub step: String,
    /// SHA-256 of run, step, plan and values, in hex: what a word counts for.
    pub digest: String,
    /// How many, besides whoever began the run: 1 to 5.
    pub people: u32,
    /// Seconds after which silence is a no.
    pub seconds: u32,
}

/// `POST /v1/runs/{id}/verdicts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeRun {
    /// About which step.
    pub step: String,
    /// The digest that was shown, in hex.
    pub digest: String,
    /// Yes or no.
    pub approves: bool,
}

/// `POST /v1/runs/{id}/end`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRun {
    /// `done`, `undone`, `partly-undone`, `stuck`, or `abandoned` of one that never began.
    pub outcome: String,
}

/// A run on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// `run_…`
    pub id: String,
    /// Of which page.
    pub page: String,
    /// SHA-256 of the plan, in hex.
    pub plan_sha256: String,
    /// SHA-256 of plan and values together, in hex.
    pub bound_sha256: String,
    /// When it was put on record, in microseconds since 1970.
    pub begun_at: i64,
    /// Who began it.
    pub begun_by: String,
    /// How it began, if nobody could be told then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<Offline>,
    /// What others were asked, in its order.
    pub approvals: Vec<RunApproval>,
    /// How it ended; absent while it runs or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RunEnd>,
}

/// What others are asked about one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunApproval {
    /// Which step.
    pub step: String,
    /// What a word counts for.
    pub digest: String,
    /// How many are needed.
    pub people: u32,
    /// When they were first asked, in microseconds since 1970.
    pub opened_at: i64,
    /// When silence becomes a no, in microseconds since 1970.
    pub ends_at: i64,
    /// What was said, in its order.
    pub verdicts: Vec<RunVerdict>,
}

/// One person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunVerdict {
    /// Whose.
    pub by: String,
    /// Yes or no.
    pub approves: bool,
    /// When, in microseconds since 1970.
    pub at: i64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunEnd {
    /// When it was put on record, in microseconds since 1970.
    pub ended_at: i64,
    /// Who said so.
    pub ended_by: String,
    /// In one word.
    pub outcome: String,
}
