//! `POST /v1/intake/reopen`

use axum::extract::State;
use client::operations::{Intake, IntakeOrder};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Reopens intake.
#[utoipa::path(post, path = "/v1/intake/reopen", tag = "intake", request_body = IntakeOrder, responses((status = 200, body = Intake)))]
pub async fn reopen_intake(State(endpoint): State<Endpoint>, write: Write<IntakeOrder>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    let answer = lending::reopen_intake(&world, call, body).await?;
    endpoint.look_at_the_gate().await;
    Ok(Stored(answer))
}
