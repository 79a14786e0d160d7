//! `POST /v1/applications/{id}/approvals`

use axum::extract::State;
use client::applications::{Application, Verdict};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::metrics::business::By;
use crate::reply::{Stored, Written};

/// Records one officer's verdict; the second of two different officers decides.
#[utoipa::path(post, path = "/v1/applications/{id}/approvals", tag = "applications", params(("id" = String, Path)), request_body = Verdict, responses((status = 200, body = Application)))]
pub async fn approve(State(endpoint): State<Endpoint>, write: Write<Verdict>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    let answer = lending::approve(&world, call, &id, body).await?;
    endpoint.app().metrics.business.decided(By::Officers, &answer);
    Ok(Stored(answer))
}
