//! `POST /v1/proposals/{id}/verdicts`

use client::access::{Judge, Proposal};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Approves or rejects exactly what has this digest; one no denies.
#[utoipa::path(post, path = "/v1/proposals/{id}/verdicts", tag = "proposals", params(("id" = String, Path)), request_body = Judge, responses((status = 200, body = Proposal)))]
pub async fn judge(write: Write<Judge>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::access::judge(&world, call, &id, body).await?))
}
