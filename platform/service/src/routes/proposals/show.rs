//! `GET /v1/proposals/{id}`

use client::access::Proposal;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows a proposal as it stands.
#[utoipa::path(get, path = "/v1/proposals/{id}", tag = "proposals", params(("id" = String, Path)), responses((status = 200, body = Proposal)))]
pub async fn show_proposal(read: Read, Id(id): Id) -> Shown<Proposal> {
    Ok(Fresh(lending::access::proposal(read.world(), &id).await?))
}
