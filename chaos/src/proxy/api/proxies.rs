//! Proxies: list, create, populate, show, update, delete, reset.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::proxy::api::bodies::{self, Fields};
use crate::proxy::api::problem::Problem;
use crate::proxy::collection::{Collection, Shown};
use crate::proxy::toxic::Toxic;

type Answer = Result<Response, Problem>;

/// A proxy as clients know it.
pub(super) fn json_of(shown: &Shown) -> Value {
    let settings = &shown.settings;
    json!({
        "name": settings.name,
        "listen": settings.listen,
        "upstream": settings.upstream,
        "enabled": settings.enabled,
        "toxics": shown.toxics.iter().map(Toxic::shown).collect::<Vec<_>>(),
    })
}

pub(super) async fn index(State(proxies): State<Collection>) -> Response {
    let all = proxies.all().await;
    let map: Map<String, Value> = all
        .iter()
        .map(|shown| (shown.settings.name.clone(), json_of(shown)))
        .collect();
    Json(Value::Object(map)).into_response()
}

pub(super) async fn create(State(proxies): State<Collection>, body: Bytes) -> Answer {
    let settings = Fields::read(&body)?.settings(bodies::fresh())?;
    for (name, value) in [("name", &settings.name), ("upstream", &settings.upstream)] {
        if value.is_empty() {
            return Err(Problem::missing(name));
        }
    }
    let shown = proxies.create(settings).await?;
    Ok((StatusCode::CREATED, Json(json_of(&shown))).into_response())
}

/// If one of them cannot be had, those before it are there, as the answer says.
pub(super) async fn populate(State(proxies): State<Collection>, body: Bytes) -> Response {
    let (made, problem) = populated(&proxies, &body).await;
    let made = made
        .is_empty()
        .then_some(Value::Null)
        .filter(|_| problem.is_some())
        .unwrap_or_else(|| made.iter().map(json_of).collect());
    match problem {
        None => (StatusCode::CREATED, Json(json!({ "proxies": made }))).into_response(),
        Some(problem) => {
            let mut body = problem.body();
            if let Value::Object(fields) = &mut body {
                fields.insert("proxies".to_owned(), made);
            }
            (problem.status(), Json(body)).into_response()
        }
    }
}

/// What was made, and what went wrong then.
pub(super) async fn populated(proxies: &Collection, body: &[u8]) -> (Vec<Shown>, Option<Problem>) {
    let list = match bodies::list(body) {
        Ok(list) => list,
        Err(problem) => return (Vec::new(), Some(problem)),
    };
    let mut made = Vec::new();
    for settings in list {
        match proxies.create_or_replace(settings).await {
            Ok(shown) => made.push(shown),
            Err(problem) => return (made, Some(problem)),
        }
    }
    (made, None)
}

pub(super) async fn show(State(proxies): State<Collection>, Path(name): Path<String>) -> Answer {
    Ok(Json(json_of(&proxies.get(&name).await?)).into_response())
}

pub(super) async fn update(
    State(proxies): State<Collection>,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer {
    let before = proxies.get(&name).await?.settings;
    let to = Fields::read(&body)?.settings(before)?;
    Ok(Json(json_of(&proxies.update(&name, &to).await?)).into_response())
}

pub(super) async fn delete(State(proxies): State<Collection>, Path(name): Path<String>) -> Answer {
    proxies.remove(&name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn reset(State(proxies): State<Collection>) -> Answer {
    proxies.reset().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
