//! `POST /v1/intake/close`

use axum::extract::State;
use client::operations::{Intake, IntakeOrder};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Closes intake; once this is answered no new business commits by any path.
#[utoipa::path(post, path = "/v1/intake/close", tag = "intake", request_body = IntakeOrder, responses((status = 200, body = Intake)))]
pub async fn close_intake(State(endpoint): State<Endpoint>, write: Write<IntakeOrder>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    let answer = lending::close_intake(&world, call, body).await?;
    if let Some(recovery) = &endpoint.app().recovery {
        recovery.moves_are_kept().await;
    }
    endpoint.look_at_the_gate().await;
    Ok(Stored(answer))
}
