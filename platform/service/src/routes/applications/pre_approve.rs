//! `POST /v1/applications/{id}/pre-approval`

use axum::extract::State;
use client::applications::Application;

use crate::endpoint::Endpoint;
use crate::extract::write::{Nothing, Write};
use crate::metrics::business::By;
use crate::reply::{Stored, Written};

/// Pulls the consented data and decides: an offer, a review, or a refusal with reasons.
#[utoipa::path(post, path = "/v1/applications/{id}/pre-approval", tag = "applications", params(("id" = String, Path)), request_body = Nothing, responses((status = 200, body = Application)))]
pub async fn pre_approve(State(endpoint): State<Endpoint>, write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    let answer = lending::pre_approve(&world, call, &id).await?;
    endpoint.app().metrics.business.decided(By::Rules, &answer);
    Ok(Stored(answer))
}
