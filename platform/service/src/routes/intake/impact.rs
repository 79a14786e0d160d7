//! `GET /v1/intake/impact`

use client::operations::Impact;

use crate::extract::read::Read;
use crate::extract::scope::Scope;
use crate::reply::{Fresh, Shown};

/// Shows what a closing touches, before it and while it lasts: what stands where, and what becomes of it.
#[utoipa::path(
    get,
    path = "/v1/intake/impact",
    tag = "intake",
    params(("scope" = Option<String>, Query, description = "Which new business, as in `act=draw,product=credit`; everything, unless given.")),
    responses((status = 200, body = Impact))
)]
pub async fn show_impact(read: Read, Scope { scope }: Scope) -> Shown<Impact> {
    Ok(Fresh(
        lending::read::intake_impact(read.world(), scope.as_deref()).await?,
    ))
}
