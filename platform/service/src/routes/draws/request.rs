//! `POST /v1/contracts/{id}/draws`

use client::contracts::{Draw, RequestDraw};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Requests a draw; the payment follows, see the draw's state.
#[utoipa::path(post, path = "/v1/contracts/{id}/draws", tag = "draws", params(("id" = String, Path)), request_body = RequestDraw, responses((status = 202, body = Draw)))]
pub async fn request_draw(write: Write<RequestDraw>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::draw(&world, call, &id, body).await?))
}
