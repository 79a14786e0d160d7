//! `POST /v1/loans/{id}/renewals`

use client::renewals::{AskRenewal, Renewal};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Asks that a new loan under the same contract takes over the principal of one that is about to end; an officer decides.
#[utoipa::path(post, path = "/v1/loans/{id}/renewals", tag = "renewals", params(("id" = String, Path)), request_body = AskRenewal, responses((status = 201, body = Renewal)))]
pub async fn ask_renewal(write: Write<AskRenewal>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::ask_renewal(&world, call, &id, body).await?))
}
