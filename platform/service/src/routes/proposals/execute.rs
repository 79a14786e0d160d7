//! `POST /v1/proposals/{id}/execution`

use axum::extract::State;
use client::access::{Execute, Proposal};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Does what was approved, once, if it is still approved.
#[utoipa::path(post, path = "/v1/proposals/{id}/execution", tag = "proposals", params(("id" = String, Path)), request_body = Execute, responses((status = 200, body = Proposal)))]
pub async fn execute(State(endpoint): State<Endpoint>, write: Write<Execute>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    let answer = lending::access::execute(&world, call, &id, body).await?;
    // It may have been about intake.
    endpoint.look_at_the_gate().await;
    Ok(Stored(answer))
}
