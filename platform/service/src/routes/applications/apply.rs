//! `POST /v1/applications`

use client::applications::{Application, Apply};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Applies for financing.
#[utoipa::path(post, path = "/v1/applications", tag = "applications", request_body = Apply, responses((status = 201, body = Application)))]
pub async fn apply(write: Write<Apply>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    Ok(Stored(lending::apply(&world, call, body).await?))
}
