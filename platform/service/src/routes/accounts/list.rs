//! `GET /v1/accounts`

use client::access::Accounts;

use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Lists who may sign in.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", responses((status = 200, body = Accounts)))]
pub async fn list_accounts(read: Read) -> Shown<Accounts> {
    Ok(Fresh(lending::access::accounts(read.world()).await?))
}
