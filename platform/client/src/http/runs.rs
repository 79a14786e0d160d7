//! Runs of runbooks on record in the control plane.

use super::Request;
use super::request::path;
use crate::runs::{AskApproval, BeginRun, EndRun, JudgeRun, Run};

impl Request<Run> {
    /// `POST /v1/runs`.
    #[must_use]
    pub fn begin_run(key: &str, body: &BeginRun) -> Self {
        Self::post("/v1/runs".to_owned(), key, body)
    }

    /// `POST /v1/runs/{id}/approvals`.
    #[must_use]
    pub fn ask_approval(key: &str, id: &str, body: &AskApproval) -> Self {
        Self::post(path("runs", id, "/approvals"), key, body)
    }

    /// `POST /v1/runs/{id}/verdicts`.
    #[must_use]
    pub fn judge_run(key: &str, id: &str, body: &JudgeRun) -> Self {
        Self::post(path("runs", id, "/verdicts"), key, body)
    }

    /// `POST /v1/runs/{id}/end`.
    #[must_use]
    pub fn end_run(key: &str, id: &str, body: &EndRun) -> Self {
        Self::post(path("runs", id, "/end"), key, body)
    }

    /// `GET /v1/runs/{id}`.
    #[must_use]
    pub fn run(id: &str) -> Self {
        Self::get(path("runs", id, ""))
    }
}
