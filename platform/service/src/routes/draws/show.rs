//! `GET /v1/draws/{id}`

use client::contracts::Draw;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows how far a draw is.
#[utoipa::path(get, path = "/v1/draws/{id}", tag = "draws", params(("id" = String, Path)), responses((status = 200, body = Draw)))]
pub async fn show_draw(read: Read, Id(id): Id) -> Shown<Draw> {
    Ok(Fresh(lending::read::draw(read.world(), &id).await?))
}
