//! `GET /v1/firms/{id}`

use client::firms::Firm;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows an enterprise, what identifies it masked.
#[utoipa::path(get, path = "/v1/firms/{id}", tag = "firms", params(("id" = String, Path)), responses((status = 200, body = Firm)))]
pub async fn show_firm(read: Read, Id(id): Id) -> Shown<Firm> {
    Ok(Fresh(lending::read::firm(read.world(), &id).await?))
}
