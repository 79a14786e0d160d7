//! `POST /v1/entries/{id}/reversal`

use client::operations::{Entry, Reverse};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Corrects a ledger entry by its reversal.
#[utoipa::path(post, path = "/v1/entries/{id}/reversal", tag = "entries", params(("id" = String, Path)), request_body = Reverse, responses((status = 201, body = Entry)))]
pub async fn reverse_entry(write: Write<Reverse>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::reverse(&world, call, &id, body).await?))
}
