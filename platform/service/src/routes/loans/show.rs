//! `GET /v1/loans/{id}`

use client::loans::Loan;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows a loan.
#[utoipa::path(get, path = "/v1/loans/{id}", tag = "loans", params(("id" = String, Path)), responses((status = 200, body = Loan)))]
pub async fn show_loan(read: Read, Id(id): Id) -> Shown<Loan> {
    Ok(Fresh(lending::read::loan(read.world(), &id).await?))
}
