//! `POST /ofrep/v1/evaluate/flags/{id}`

use axum::response::{IntoResponse, Response};
use client::ofrep::{Evaluate, Evaluation, EvaluationFailure};

use super::evaluation::{Asked, Refused, flags, key};
use crate::extract::id::Id;
use crate::reply::Fresh;

/// Says whether new business is taken: `intake-open`, `intake-open-application`, `-contract`, `-limit-increase`, `-draw` or `-renewal`.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags/{id}",
    tag = "ofrep",
    params(("id" = String, Path)),
    request_body = Evaluate,
    responses(
        (status = 200, body = Evaluation),
        (status = 400, body = EvaluationFailure, description = "No context, or one that names what there is not."),
        (status = 404, body = EvaluationFailure, description = "No such flag.")
    )
)]
pub async fn evaluate_flag(Id(id): Id, asked: Asked) -> Response {
    let Some(act) = flags().find(|act| key(*act) == id) else {
        return Refused::unknown(&id);
    };
    match asked.context() {
        Ok(context) => Fresh(asked.evaluate(act, context)).into_response(),
        Err(refused) => refused.response(Some(&id)),
    }
}
