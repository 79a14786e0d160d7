//! `GET /v1/intake/doubts`

use client::operations::IntakeDoubts;

use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows the transactions that closings ended with a draw in hand, and what core banking was found to say of each.
#[utoipa::path(get, path = "/v1/intake/doubts", tag = "intake", responses((status = 200, body = IntakeDoubts)))]
pub async fn show_doubts(read: Read) -> Shown<IntakeDoubts> {
    Ok(Fresh(lending::read::intake_doubts(read.world()).await?))
}
