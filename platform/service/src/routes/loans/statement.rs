//! `GET /v1/loans/{id}/statement`

use client::loans::Statement;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows a loan with its schedule and repayments.
#[utoipa::path(get, path = "/v1/loans/{id}/statement", tag = "loans", params(("id" = String, Path)), responses((status = 200, body = Statement)))]
pub async fn show_statement(read: Read, Id(id): Id) -> Shown<Statement> {
    Ok(Fresh(lending::read::statement(read.world(), &id).await?))
}
