//! `POST /v1/renewals/{id}/verdicts`

use client::renewals::{DecideRenewal, Renewal};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Grants more time, or declines it: by an officer who did not ask.
#[utoipa::path(post, path = "/v1/renewals/{id}/verdicts", tag = "renewals", params(("id" = String, Path)), request_body = DecideRenewal, responses((status = 200, body = Renewal)))]
pub async fn decide_renewal(write: Write<DecideRenewal>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::decide_renewal(&world, call, &id, body).await?))
}
