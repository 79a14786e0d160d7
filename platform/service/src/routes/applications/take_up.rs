//! `POST /v1/applications/{id}/take-up`

use client::applications::Application;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Takes up an application in review and opens the due-diligence task.
#[utoipa::path(post, path = "/v1/applications/{id}/take-up", tag = "applications", params(("id" = String, Path)), request_body = Nothing, responses((status = 200, body = Application)))]
pub async fn take_up(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::take_up(&world, call, &id).await?))
}
