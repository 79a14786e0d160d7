//! `GET /v1/intake/impact`

use client::operations::Impact;

use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows what a closing touches, before it and while it lasts: what stands where, and what becomes of it.
#[utoipa::path(get, path = "/v1/intake/impact", tag = "intake", responses((status = 200, body = Impact)))]
pub async fn show_impact(read: Read) -> Shown<Impact> {
    Ok(Fresh(lending::read::intake_impact(read.world()).await?))
}
