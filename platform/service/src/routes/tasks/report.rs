//! `POST /v1/tasks/{id}/report`

use client::applications::{Application, Report};

use crate::extract::write::Write;
use crate::reply::{Stored, Written};

/// Records the due-diligence report.
#[utoipa::path(post, path = "/v1/tasks/{id}/report", tag = "tasks", params(("id" = String, Path)), request_body = Report, responses((status = 200, body = Application)))]
pub async fn report(write: Write<Report>) -> Written {
    let Write {
        world,
        call,
        id,
        body,
    } = write;
    Ok(Stored(lending::report(&world, call, &id, body).await?))
}
