//! `POST /v1/applications/{id}/accept`

use client::applications::Application;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Accepts the offer and opens the due-diligence task.
#[utoipa::path(post, path = "/v1/applications/{id}/accept", tag = "applications", params(("id" = String, Path)), request_body = Nothing, responses((status = 200, body = Application)))]
pub async fn accept_offer(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::accept(&world, call, &id).await?))
}
