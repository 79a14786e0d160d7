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

/// Whom it is about. A real bureau checks the contact's number against the consent;
/// a file of firms may hold another contact by now, so here it only has to be there.
/// The other sources refuse to be told: it is no business of theirs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    credit_code: String,
    contact_id: Option<String>,
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
        return refuse(StatusCode::BAD_REQUEST, "credit_code is needed, as text");
    };
    if asked.contact_id.is_some() != source.needs_contact() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "contact_id is for the credit bureau, and for no other source",
        );
    }
    let found = async || match app.firms.by_credit_code(&asked.credit_code) {
        Some(firm) => Json(firm.answer(source)).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "no such firm"),
    };
    meet(&app, source.as_str(), found).await
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
