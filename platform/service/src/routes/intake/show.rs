//! `GET /v1/intake`

use client::operations::Intake;

use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows the state of the intake gate.
#[utoipa::path(get, path = "/v1/intake", tag = "intake", responses((status = 200, body = Intake)))]
pub async fn show_intake(read: Read) -> Shown<Intake> {
    Ok(Fresh(lending::read::intake(read.world(), "").await?))
}
