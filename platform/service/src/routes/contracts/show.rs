//! `GET /v1/contracts/{id}`

use client::contracts::Contract;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows a contract and what is drawn of it.
#[utoipa::path(get, path = "/v1/contracts/{id}", tag = "contracts", params(("id" = String, Path)), responses((status = 200, body = Contract)))]
pub async fn show_contract(read: Read, Id(id): Id) -> Shown<Contract> {
    Ok(Fresh(lending::read::contract(read.world(), &id).await?))
}
