//! `POST /v1/firms`

use client::firms::{Firm, RegisterFirm};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Registers an enterprise.
#[utoipa::path(post, path = "/v1/firms", tag = "firms", request_body = RegisterFirm, responses((status = 201, body = Firm)))]
pub async fn register_firm(write: Write<RegisterFirm>) -> Written {
    let Write {
        world, call, body, ..
    } = write;
    #[cfg(feature = "chaos")]
    crate::failpoint::registered(&world.db, &body).await;
    Ok(Stored(lending::register_firm(&world, call, body).await?))
}
