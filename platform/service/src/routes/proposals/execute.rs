//! `POST /v1/proposals/{id}/execution`

use client::access::{Execute, Proposal};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Does what was approved, once, if it is still approved.
#[utoipa::path(post, path = "/v1/proposals/{id}/execution", tag = "proposals", params(("id" = String, Path)), request_body = Execute, responses((status = 200, body = Proposal)))]
pub async fn execute(write: Write<Execute>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::access::execute(&world, call, &id, body).await?))
}
