//! `POST /v1/evidence/anchors`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use client::evidence::{Anchor, Anchored};
use web::Failure;

use crate::anchors;
use crate::door::{Endpoint, Write};

/// Keeps a checkpoint of the other plane's evidence log; no act, and so without a leaf.
#[utoipa::path(post, path = "/v1/evidence/anchors", tag = "evidence", request_body = Anchor, responses((status = 201, body = Anchored)))]
pub async fn take_anchor(
    State(endpoint): State<Endpoint>,
    write: Write<Anchor>,
) -> Result<(StatusCode, Json<Anchored>), Failure> {
    let app = endpoint.app();
    let kept = anchors::take(&app.db, &app.known_logs, write.call.now, write.body).await?;
    Ok((StatusCode::CREATED, Json(kept)))
}
