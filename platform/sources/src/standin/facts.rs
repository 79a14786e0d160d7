//! What the six sources answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::product::Source;
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::faults::meet;

/// Whom it is about. Real sources want the contact's number too and check it
/// against the consent; a file of firms may hold another contact by now, so
/// here it only has to be there.
#[derive(Deserialize)]
pub(crate) struct Asked {
    credit_code: String,
    #[serde(rename = "contact_id")]
    _contact_id: String,
}

/// `POST /sources/{source}`.
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    Path(source): Path<String>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Response {
    let Ok(source) = source.parse::<Source>() else {
        return refuse(StatusCode::NOT_FOUND, "no such source");
    };
    let Ok(Json(asked)) = asked else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "credit_code and contact_id are needed, as text",
        );
    };
    let found = async || match app.firms.by_credit_code(&asked.credit_code) {
        Some(firm) => Json(firm.answer(source)).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such firm"),
    };
    meet(&app, source.as_str(), found).await
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
