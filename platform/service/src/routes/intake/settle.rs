//! `POST /v1/intake/doubts/{id}/finding`

use client::operations::{IntakeDoubt, SettleDoubt};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Writes down what core banking said of a transaction that a closing ended; once.
#[utoipa::path(post, path = "/v1/intake/doubts/{id}/finding", tag = "intake", params(("id" = String, Path)), request_body = SettleDoubt, responses((status = 200, body = IntakeDoubt)))]
pub async fn settle_doubt(write: Write<SettleDoubt>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
        ..
    } = write;
    Ok(Stored(lending::settle_doubt(&world, call, &id, body).await?))
}
