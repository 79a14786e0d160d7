//! `POST /v1/evidence/anchors`

use axum::extract::State;
use client::evidence::{Anchor, Anchored};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Keeps a checkpoint of the other plane's evidence log; no act, and so without a leaf.
#[utoipa::path(post, path = "/v1/evidence/anchors", tag = "evidence", request_body = Anchor, responses((status = 201, body = Anchored)))]
pub async fn take_anchor(State(endpoint): State<Endpoint>, write: Write<Anchor>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    let known = &endpoint.app().known_logs;
    Ok(Stored(lending::take_anchor(&world, call, known, body).await?))
}
