//! The handlers.

pub mod alerts;
pub mod anchors;
pub mod drills;
pub mod probes;
pub mod runs;
pub mod watch;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Says that the request was carried out before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What was done, now or before.
fn answer<A: Serialize>(status: StatusCode, (answer, replayed): (A, bool)) -> Response {
    let mut response = (status, Json(answer)).into_response();
    if replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
