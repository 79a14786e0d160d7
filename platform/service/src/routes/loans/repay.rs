//! `POST /v1/loans/{id}/repayments`

use client::loans::{Repay, Repayment};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Books a repayment: penalty, then interest, then principal, oldest instalment first.
#[utoipa::path(post, path = "/v1/loans/{id}/repayments", tag = "loans", params(("id" = String, Path)), request_body = Repay, responses((status = 201, body = Repayment)))]
pub async fn repay(write: Write<Repay>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::repay(&world, call, &id, body).await?))
}
