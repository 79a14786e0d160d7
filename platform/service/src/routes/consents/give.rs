//! `POST /v1/firms/{id}/consents`

use client::firms::{Consent, GiveConsent};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Records an enterprise's consent for one source and purpose.
#[utoipa::path(post, path = "/v1/firms/{id}/consents", tag = "consents", params(("id" = String, Path)), request_body = GiveConsent, responses((status = 201, body = Consent)))]
pub async fn give_consent(write: Write<GiveConsent>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::give_consent(&world, call, &id, body).await?))
}
