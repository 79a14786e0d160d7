//! `POST /v1/intake/close`

use client::operations::{Intake, IntakeOrder};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Closes intake; once this is answered no new business commits by any path.
#[utoipa::path(post, path = "/v1/intake/close", tag = "intake", request_body = IntakeOrder, responses((status = 200, body = Intake)))]
pub async fn close_intake(write: Write<IntakeOrder>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    Ok(Stored(lending::close_intake(&world, call, body).await?))
}
