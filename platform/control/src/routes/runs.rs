//! Runs of runbooks on record.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use client::runs::{AskApproval, BeginRun, EndRun, JudgeRun, Run};
use web::Failure;

use super::answer;
use crate::door::{Endpoint, Read, Write};
use crate::runs;

/// Puts the beginning of a run on record, under the id that it has.
#[utoipa::path(post, path = "/v1/runs", tag = "runs", request_body = BeginRun, responses((status = 201, body = Run)))]
pub async fn begin_run(
    State(endpoint): State<Endpoint>,
    write: Write<BeginRun>,
) -> Result<Response, Failure> {
    let done = runs::begin::begin(&endpoint.app().db, write.call, write.body).await?;
    Ok(answer(StatusCode::CREATED, done))
}

/// Asks others to approve a step; once a step.
#[utoipa::path(post, path = "/v1/runs/{id}/approvals", tag = "runs", params(("id" = String, Path)), request_body = AskApproval, responses((status = 201, body = Run)))]
pub async fn ask_approval(
    State(endpoint): State<Endpoint>,
    write: Write<AskApproval>,
) -> Result<Response, Failure> {
    let app = endpoint.app();
    let id = format!("apr_{}", app.ids.next().simple());
    let done = runs::ask::ask(&app.db, write.call, id, write.id, write.body).await?;
    Ok(answer(StatusCode::CREATED, done))
}

/// Says yes or no to a step of somebody else's run; each person once.
#[utoipa::path(post, path = "/v1/runs/{id}/verdicts", tag = "runs", params(("id" = String, Path)), request_body = JudgeRun, responses((status = 201, body = Run)))]
pub async fn judge_run(
    State(endpoint): State<Endpoint>,
    write: Write<JudgeRun>,
) -> Result<Response, Failure> {
    let app = endpoint.app();
    let id = format!("vrd_{}", app.ids.next().simple());
    let done = runs::judge::judge(&app.db, write.call, id, write.id, write.body).await?;
    Ok(answer(StatusCode::CREATED, done))
}

/// Puts the end of a run on record, once.
#[utoipa::path(post, path = "/v1/runs/{id}/end", tag = "runs", params(("id" = String, Path)), request_body = EndRun, responses((status = 200, body = Run)))]
pub async fn end_run(State(endpoint): State<Endpoint>, write: Write<EndRun>) -> Result<Response, Failure> {
    let done = runs::end::end(&endpoint.app().db, write.call, write.id, write.body).await?;
    Ok(answer(StatusCode::OK, done))
}

/// Shows a run with what others were asked and said.
#[utoipa::path(get, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)), responses((status = 200, body = Run)))]
pub async fn show_run(State(endpoint): State<Endpoint>, Read(id): Read) -> Result<Json<Run>, Failure> {
    Ok(Json(runs::show(&endpoint.app().db, id).await?))
}
