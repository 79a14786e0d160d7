//! `GET /v1/intake/history`

use client::operations::IntakeHistory;

use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows who closed and reopened intake, when and why; the newest 200.
#[utoipa::path(get, path = "/v1/intake/history", tag = "intake", responses((status = 200, body = IntakeHistory)))]
pub async fn show_history(read: Read) -> Shown<IntakeHistory> {
    Ok(Fresh(lending::read::intake_history(read.world()).await?))
}
