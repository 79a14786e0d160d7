//! `GET /metrics`

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::endpoint::Endpoint;

/// Shows the figures of this process in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "probes", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(endpoint): State<Endpoint>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)];
    (kind, endpoint.app().metrics.render())
}
