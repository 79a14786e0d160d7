//! `POST /v1/intake/reopen`

use client::operations::{Intake, IntakeOrder};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Reopens intake.
#[utoipa::path(post, path = "/v1/intake/reopen", tag = "intake", request_body = IntakeOrder, responses((status = 200, body = Intake)))]
pub async fn reopen_intake(write: Write<IntakeOrder>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    Ok(Stored(lending::reopen_intake(&world, call, body).await?))
}
