//! `GET /openapi.json`

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::endpoint::Endpoint;

/// Shows this document.
#[utoipa::path(get, path = "/openapi.json", tag = "probes", responses((status = 200, body = Object, content_type = "application/json")))]
pub async fn openapi(State(endpoint): State<Endpoint>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, endpoint.app().openapi.clone())
}
