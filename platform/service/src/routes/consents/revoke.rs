//! `POST /v1/consents/{id}/revoke`

use client::firms::Consent;

use crate::extract::write::{Nothing, Write};
use crate::reply::{Stored, Written};

/// Revokes a consent; no data is pulled under it from then on.
#[utoipa::path(post, path = "/v1/consents/{id}/revoke", tag = "consents", params(("id" = String, Path)), request_body = Nothing, responses((status = 200, body = Consent)))]
pub async fn revoke_consent(write: Write<Nothing>) -> Written {
    let Write { world, call, id, .. } = write;
    Ok(Stored(lending::revoke_consent(&world, call, &id).await?))
}
