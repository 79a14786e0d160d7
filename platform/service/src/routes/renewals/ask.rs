//! `POST /v1/loans/{id}/extensions`

use client::renewals::{AskExtension, Renewal};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Asks for more months for a loan, before its last due date and with nothing overdue; an officer decides.
#[utoipa::path(post, path = "/v1/loans/{id}/extensions", tag = "renewals", params(("id" = String, Path)), request_body = AskExtension, responses((status = 201, body = Renewal)))]
pub async fn ask_extension(write: Write<AskExtension>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::ask_extension(&world, call, &id, body).await?))
}
