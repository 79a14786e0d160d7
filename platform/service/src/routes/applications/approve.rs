//! `POST /v1/applications/{id}/approvals`

use client::applications::{Application, Verdict};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Records one officer's verdict; the second of two different officers decides.
#[utoipa::path(post, path = "/v1/applications/{id}/approvals", tag = "applications", params(("id" = String, Path)), request_body = Verdict, responses((status = 200, body = Application)))]
pub async fn approve(write: Write<Verdict>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::approve(&world, call, &id, body).await?))
}
