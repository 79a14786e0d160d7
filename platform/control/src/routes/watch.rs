//! What is watched, and how its pages are answered.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use client::watch::{
    Ack, CallTree, CallTrees, NewAck, NewSilence, Silence, Silences, TestReceiver, TestedReceiver,
    WatchAlerts, WatchStatus,
};
use serde::Deserialize;
use watch::answer::QueryError;
use watch::moment;
use watch::span::Span;
use web::Failure;

use crate::door::{Endpoint, Machine, Read, Write};
use crate::{Refusal, watching};

/// Shows whether the watcher works, and what it sees.
#[utoipa::path(get, path = "/v1/watch", tag = "watch", responses((status = 200, body = WatchStatus)))]
pub async fn watch_status(State(endpoint): State<Endpoint>, _: Read) -> Result<Json<WatchStatus>, Failure> {
    let status = watching::watcher(endpoint.app())?
        .status()
        .await
        .map_err(Refusal::from)?;
    Ok(Json(status))
}

/// Answers a number that grows while every part of the watcher works, and 503 while one does not.
#[utoipa::path(get, path = "/v1/watch/heartbeat", tag = "probes", responses((status = 200, body = String, content_type = "text/plain"), (status = 503)))]
pub async fn heartbeat(State(endpoint): State<Endpoint>) -> Response {
    match endpoint.app().watch.as_ref().and_then(watch::Watch::pulse) {
        Some(pulse) => format!("{pulse}\n").into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Lists alerts that are pending, firing or just over.
#[utoipa::path(get, path = "/v1/watch/alerts", tag = "watch", responses((status = 200, body = WatchAlerts)))]
pub async fn watch_alerts(State(endpoint): State<Endpoint>, _: Read) -> Result<Json<WatchAlerts>, Failure> {
    Ok(Json(watching::watcher(endpoint.app())?.alerts()))
}

/// What is asked.
#[derive(Debug, Deserialize)]
pub struct Asked {
    query: String,
    time: Option<f64>,
}

/// Evaluates an expression; the answer has the form of Prometheus's `/api/v1/query`.
#[utoipa::path(get, path = "/v1/watch/query", tag = "watch", params(("query" = String, Query), ("time" = Option<f64>, Query)), responses((status = 200, body = Object)))]
pub async fn watch_query(
    State(endpoint): State<Endpoint>,
    _: Read,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<serde_json::Value>, Failure> {
    let watch = watching::watcher(endpoint.app())?;
    let mend = "query is an expression, and time is in seconds since 1970";
    let Ok(Query(asked)) = asked else {
        return Err(Refusal::field("query", mend).into());
    };
    // Milliseconds of the years that a date can have.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "held against its bounds just before"
    )]
    let at = match asked.time {
        None => None,
        Some(seconds) if (0.0..=253_402_300_799.0).contains(&seconds) => Some((seconds * 1e3) as i64),
        Some(_) => return Err(Refusal::field("time", mend).into()),
    };
    let answer = watch.query(&asked.query, at).map_err(refused);
    Ok(Json(answer?))
}

/// What is asked at many times.
#[derive(Debug, Deserialize)]
pub struct AskedRange {
    query: String,
    start: String,
    end: String,
    step: String,
}

/// Evaluates an expression at many times; the answer has the form of Prometheus's `/api/v1/query_range`.
#[utoipa::path(get, path = "/v1/watch/query_range", tag = "watch", params(("query" = String, Query), ("start" = String, Query), ("end" = String, Query), ("step" = String, Query)), responses((status = 200, body = Object)))]
pub async fn watch_query_range(
    State(endpoint): State<Endpoint>,
    _: Read,
    asked: Result<Query<AskedRange>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failure> {
    let watch = watching::watcher(endpoint.app())?.clone();
    let Ok(Query(asked)) = asked else {
        let mend = "query is an expression; start and end are times, step is a span of time";
        return Err(Refusal::field("query", mend).into());
    };
    let time = |field, text: &str| {
        let mend = "seconds since 1970, or as in 2026-01-31T08:00:00Z";
        moment::time(text).ok_or_else(|| Refusal::field(field, mend))
    };
    let (start, end) = (time("start", &asked.start)?, time("end", &asked.end)?);
    let step = moment::span(&asked.step);
    let step = step.ok_or_else(|| Refusal::field("step", "seconds, or as in 15s or 1m"))?;
    let span = Span::new(start, end, step).map_err(|(field, mend)| Refusal::field(field, mend))?;
    // It may take a while, and nobody else is to wait for it.
    let answered = tokio::task::spawn_blocking(move || watch.query_range(&asked.query, span)).await;
    let answered = answered.map_err(|_| Refusal::plain(Code::Internal))?;
    let text = answered.map_err(refused)?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, text).into_response())
}

fn refused(error: QueryError) -> Refusal {
    match error {
        QueryError::Expression(text) => Refusal::field("query", &text),
        QueryError::Evaluation(text) => Refusal::with(Code::IllegalTransition, &text),
    }
}

/// Lists silences that are not over.
#[utoipa::path(get, path = "/v1/watch/silences", tag = "watch", responses((status = 200, body = Silences)))]
pub async fn silences(State(endpoint): State<Endpoint>, _: Read) -> Result<Json<Silences>, Failure> {
    Ok(Json(watching::silence::list(endpoint.app()).await?))
}

/// Puts a silence in force.
#[utoipa::path(post, path = "/v1/watch/silences", tag = "watch", request_body = NewSilence, responses((status = 201, body = Silence)))]
pub async fn silence(
    State(endpoint): State<Endpoint>,
    write: Write<NewSilence>,
) -> Result<Response, Failure> {
    let done = watching::silence::create(endpoint.app(), write.call, write.body).await?;
    Ok(super::answer(StatusCode::CREATED, done))
}

/// Nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Ends a silence.
#[utoipa::path(post, path = "/v1/watch/silences/{id}/expire", tag = "watch", params(("id" = String, Path)), responses((status = 200, body = Silence)))]
pub async fn expire_silence(
    State(endpoint): State<Endpoint>,
    write: Write<Empty>,
) -> Result<Response, Failure> {
    let done = watching::silence::expire(endpoint.app(), write.call, write.id).await?;
    Ok(super::answer(StatusCode::OK, done))
}

/// Acknowledges an alert.
#[utoipa::path(post, path = "/v1/watch/acks", tag = "watch", request_body = NewAck, responses((status = 200, body = Ack)))]
pub async fn acknowledge(
    State(endpoint): State<Endpoint>,
    write: Write<NewAck>,
) -> Result<Response, Failure> {
    let done = watching::ack::acknowledge(endpoint.app(), write.call, write.body).await?;
    Ok(super::answer(StatusCode::OK, done))
}

/// Sends a test page.
#[utoipa::path(post, path = "/v1/watch/receivers/test", tag = "watch", request_body = TestReceiver, responses((status = 200, body = TestedReceiver)))]
pub async fn test_receiver(
    State(endpoint): State<Endpoint>,
    write: Write<TestReceiver>,
) -> Result<Json<TestedReceiver>, Failure> {
    Ok(Json(
        watching::test::test(endpoint.app(), write.call, write.body).await?,
    ))
}

/// Lists the latest tests of the call tree, with who answered how, and what the next one would be.
#[utoipa::path(get, path = "/v1/watch/call-trees", tag = "watch", responses((status = 200, body = CallTrees)))]
pub async fn call_trees(State(endpoint): State<Endpoint>, _: Read) -> Result<Json<CallTrees>, Failure> {
    Ok(Json(watching::calltree::list(endpoint.app()).await?))
}

/// Begins a test of the call tree: everybody of it is called.
#[utoipa::path(post, path = "/v1/watch/call-trees", tag = "watch", responses((status = 201, body = CallTree)))]
pub async fn begin_call_tree(
    State(endpoint): State<Endpoint>,
    write: Write<Empty>,
) -> Result<Response, Failure> {
    let done = watching::calltree::begin(endpoint.app(), write.call).await?;
    Ok(super::answer(StatusCode::CREATED, done))
}

/// Takes alerts in from an Alertmanager (its webhook, version 4), which sends no key; no act, and so without a leaf.
#[utoipa::path(post, path = "/v1/alerts/alertmanager", tag = "watch", request_body = Object, responses((status = 200)))]
pub async fn alertmanager(
    State(endpoint): State<Endpoint>,
    Machine { body, .. }: Machine,
) -> Result<StatusCode, Failure> {
    let app = endpoint.app();
    let notifier = watching::notifier(app)?;
    let webhook =
        notify::inbound::alertmanager::parse(&body, app.clock.now_micros()).map_err(Refusal::from)?;
    notifier.take(&webhook.notices).await.map_err(Refusal::from)?;
    Ok(StatusCode::OK)
}
