//! Toxics of a proxy: list, add, show, update, remove.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use crate::proxy::api::bodies::Fields;
use crate::proxy::api::problem::Problem;
use crate::proxy::collection::Collection;
use crate::proxy::toxic::Toxic;

type Answer = Result<Response, Problem>;

pub(super) async fn index(State(proxies): State<Collection>, Path(proxy): Path<String>) -> Answer {
    let shown = proxies.get(&proxy).await?;
    let toxics: Vec<Value> = shown.toxics.iter().map(Toxic::shown).collect();
    Ok(Json(toxics).into_response())
}

pub(super) async fn create(
    State(proxies): State<Collection>,
    Path(proxy): Path<String>,
    body: Bytes,
) -> Answer {
    // In this order: where there is no proxy, nothing is said about the body.
    proxies.get(&proxy).await?;
    let toxic = Fields::read(&body)?.toxic()?;
    Ok(Json(proxies.add_toxic(&proxy, toxic).await?.shown()).into_response())
}

pub(super) async fn show(
    State(proxies): State<Collection>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Answer {
    Ok(Json(proxies.toxic(&proxy, &toxic).await?.shown()).into_response())
}

pub(super) async fn update(
    State(proxies): State<Collection>,
    Path((proxy, toxic)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    proxies.toxic(&proxy, &toxic).await?;
    let fields = Fields::read(&body)?;
    let updated = proxies
        .update_toxic(&proxy, &toxic, |toxic| fields.change(toxic))
        .await?;
    Ok(Json(updated.shown()).into_response())
}

pub(super) async fn delete(
    State(proxies): State<Collection>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Answer {
    proxies.remove_toxic(&proxy, &toxic).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
