//! `POST /v1/loans/{id}/payoff`

use client::loans::Repayment;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Pays a loan off today, on actual days.
#[utoipa::path(post, path = "/v1/loans/{id}/payoff", tag = "loans", params(("id" = String, Path)), request_body = Nothing, responses((status = 201, body = Repayment)))]
pub async fn pay_off(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::pay_off(&world, call, &id).await?))
}
