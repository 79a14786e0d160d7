//! `POST /v1/firms/{id}/reveal`

use axum::extract::State;
use client::reveal::{Reveal, Revealed};

use crate::endpoint::Endpoint;
use crate::extract::write::Write;
use crate::reply::{Fresh, Shown};

/// Shows customer data in the clear, for a purpose and on record.
#[utoipa::path(
    post,
    path = "/v1/firms/{id}/reveal",
    tag = "firms",
    params(("id" = String, Path)),
    request_body = Reveal,
    responses((status = 200, body = Revealed))
)]
pub async fn reveal_firm(State(endpoint): State<Endpoint>, write: Write<Reveal>) -> Shown<Revealed> {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    let (role, purpose) = (call.role, body.purpose.clone());
    let shown = lending::reveal_firm(&world, call, &id, body).await?;
    let meters = &endpoint.app().metrics.business;
    meters.revealed(role, &purpose, shown.fields.len());
    Ok(Fresh(shown))
}
