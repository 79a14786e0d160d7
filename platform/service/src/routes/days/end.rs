//! `POST /v1/days`

use client::operations::{Day, EndDay};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Runs the end of one business day; again, it posts nothing.
#[utoipa::path(post, path = "/v1/days", tag = "days", request_body = EndDay, responses((status = 200, body = Day)))]
pub async fn end_day(write: Write<EndDay>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    Ok(Stored(lending::end_day(&world, call, body).await?))
}
