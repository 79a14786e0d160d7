//! The notifier: counts notices, each id once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::faults::meet;

/// Ids remembered; at about 100 bytes each they stay within half a gigabyte.
/// Beyond it notices are refused, which a test would notice.
const MOST: usize = 5_000_000;

/// The ids that arrived.
#[derive(Debug, Default)]
pub(crate) struct Delivered(Mutex<HashSet<String>>);

#[derive(Deserialize)]
pub(crate) struct Batch {
    notices: Vec<Notice>,
}

#[derive(Deserialize)]
struct Notice {
    id: String,
}

/// `POST /notices`: `accepted` counts what was new, `delivered` all so far.
pub(crate) async fn deliver(State(app): State<Arc<App>>, Json(batch): Json<Batch>) -> Response {
    let take = async || {
        let mut seen = app.notices.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() + batch.notices.len() > MOST {
            return StatusCode::INSUFFICIENT_STORAGE.into_response();
        }
        let before = seen.len();
        seen.extend(batch.notices.into_iter().map(|notice| notice.id));
        Json(json!({ "accepted": seen.len() - before, "delivered": seen.len() })).into_response()
    };
    meet(&app, "notices", take).await
}
