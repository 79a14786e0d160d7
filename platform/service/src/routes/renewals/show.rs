//! `GET /v1/renewals/{id}`

use client::renewals::Renewal;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows a request for more time.
#[utoipa::path(get, path = "/v1/renewals/{id}", tag = "renewals", params(("id" = String, Path)), responses((status = 200, body = Renewal)))]
pub async fn show_renewal(read: Read, Id(id): Id) -> Shown<Renewal> {
    Ok(Fresh(lending::read::renewal(read.world(), &id).await?))
}
