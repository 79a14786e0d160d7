//! `GET /v1/applications/{id}`

use client::applications::Application;

use crate::extract::id::Id;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows an application with its decision and offer.
#[utoipa::path(get, path = "/v1/applications/{id}", tag = "applications", params(("id" = String, Path)), responses((status = 200, body = Application)))]
pub async fn show_application(read: Read, Id(id): Id) -> Shown<Application> {
    Ok(Fresh(lending::read::application(read.world(), &id).await?))
}
