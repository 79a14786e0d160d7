//! `POST /v1/accounts/{id}/disable`

use client::access::Account;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Disables an account and ends its sessions at once; enabling it again takes two persons.
#[utoipa::path(post, path = "/v1/accounts/{id}/disable", tag = "accounts", params(("id" = String, Path)), request_body = Nothing, responses((status = 200, body = Account)))]
pub async fn disable_account(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::access::disable_account(&world, call, &id).await?))
}
