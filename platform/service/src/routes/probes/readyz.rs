//! `GET /readyz`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::endpoint::Endpoint;

/// Whether this instance should get traffic, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// All of the below holds.
    ready: bool,
    /// The database answers.
    database: bool,
    /// The state of the intake gate is known: a closed intake is ready too.
    gate: bool,
    /// The process is going down.
    draining: bool,
}

/// Says whether this instance can serve.
///
/// That is: the database answers, the gate's state is known, and it is not going down.
#[utoipa::path(get, path = "/readyz", tag = "probes", responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub async fn readyz(State(endpoint): State<Endpoint>) -> (StatusCode, Json<Readiness>) {
    let app = endpoint.app();
    let draining = app.shutdown.is_triggered();
    let database = app.database_answers().await;
    let gate = app.door.knows();
    let ready = database && gate && !draining;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let readiness = Readiness {
        ready,
        database,
        gate,
        draining,
    };
    (status, Json(readiness))
}
