//! `POST /v1/proposals/{id}/verdicts`

use axum::extract::State;
use client::access::{Judge, Proposal};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Approves or rejects exactly what has this digest; one no denies.
#[utoipa::path(post, path = "/v1/proposals/{id}/verdicts", tag = "proposals", params(("id" = String, Path)), request_body = Judge, responses((status = 200, body = Proposal)))]
pub async fn judge(State(endpoint): State<Endpoint>, write: Write<Judge>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    let answer = lending::access::judge(&world, call, &id, body).await?;
    // It may have been about intake.
    endpoint.look_at_the_gate().await;
    Ok(Stored(answer))
}
