//! `POST /v1/applications/{id}/contract`

use client::contracts::Contract;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Signs the contract of an approved application.
#[utoipa::path(post, path = "/v1/applications/{id}/contract", tag = "contracts", params(("id" = String, Path)), request_body = Nothing, responses((status = 201, body = Contract)))]
pub async fn sign_contract(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::sign(&world, call, &id).await?))
}
