//! What machines ask of the process: alive, ready, figures, the document.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::door::Endpoint;

/// Says that the process answers, and nothing else.
#[utoipa::path(get, path = "/livez", tag = "probes", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn livez() -> &'static str {
    "alive\n"
}

/// Whether this process should get traffic, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// All of the below holds.
    ready: bool,
    /// The store answers.
    database: bool,
    /// The process is going down.
    draining: bool,
}

/// Says whether the store answers and the process is not going down.
#[utoipa::path(get, path = "/readyz", tag = "probes", responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub async fn readyz(State(endpoint): State<Endpoint>) -> (StatusCode, Json<Readiness>) {
    let app = endpoint.app();
    let draining = app.shutdown.is_triggered();
    let database = app.database_answers().await;
    let ready = database && !draining;
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let readiness = Readiness {
        ready,
        database,
        draining,
    };
    (status, Json(readiness))
}

/// Shows the figures of this process in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "probes", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(endpoint): State<Endpoint>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)];
    let app = endpoint.app();
    let mut text = app.metrics.render();
    if let Some(watch) = &app.watch {
        text.extend(watch.meters().await.into_bytes());
    }
    (kind, text)
}

/// Shows this document.
#[utoipa::path(get, path = "/openapi.json", tag = "probes", responses((status = 200, body = Object, content_type = "application/json")))]
pub async fn openapi(State(endpoint): State<Endpoint>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, endpoint.app().openapi.clone())
}
