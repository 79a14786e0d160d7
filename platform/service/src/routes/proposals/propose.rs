//! `POST /v1/proposals`

use client::access::{Proposal, Propose};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Proposes an act that another person must approve within the hour.
#[utoipa::path(post, path = "/v1/proposals", tag = "proposals", request_body = Propose, responses((status = 201, body = Proposal)))]
pub async fn propose(write: Write<Propose>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    Ok(Stored(lending::access::propose(&world, call, body).await?))
}
