//! `POST /v1/proposals`

use axum::extract::State;
use client::access::{Proposal, Propose};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Proposes an act that another person must approve within the hour.
#[utoipa::path(post, path = "/v1/proposals", tag = "proposals", request_body = Propose, responses((status = 201, body = Proposal)))]
pub async fn propose(State(endpoint): State<Endpoint>, write: Write<Propose>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    let answer = lending::access::propose(&world, call, body).await?;
    // It may have been about intake.
    endpoint.look_at_the_gate().await;
    Ok(Stored(answer))
}
