//! Drills on record.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use client::drills::{AnnounceFault, BeginDrill, Drill, EndDrill};
use web::Failure;

use super::answer;
use crate::door::{Endpoint, Read, Write};
use crate::drills;

/// Puts the beginning of a drill on record.
#[utoipa::path(post, path = "/v1/drills", tag = "drills", request_body = BeginDrill, responses((status = 201, body = Drill)))]
pub async fn begin_drill(
    State(endpoint): State<Endpoint>,
    write: Write<BeginDrill>,
) -> Result<Response, Failure> {
    let app = endpoint.app();
    let id = format!("drl_{}", app.ids.next().simple());
    let done = drills::begin::begin(&app.db, write.call, id, write.body).await?;
    Ok(answer(StatusCode::CREATED, done))
}

/// Puts a fault on record, before it is injected.
#[utoipa::path(post, path = "/v1/drills/{id}/faults", tag = "drills", params(("id" = String, Path)), request_body = AnnounceFault, responses((status = 201, body = Drill)))]
pub async fn announce_fault(
    State(endpoint): State<Endpoint>,
    write: Write<AnnounceFault>,
) -> Result<Response, Failure> {
    let app = endpoint.app();
    let id = format!("flt_{}", app.ids.next().simple());
    let done = drills::fault::announce(&app.db, write.call, id, write.id, write.body).await?;
    Ok(answer(StatusCode::CREATED, done))
}

/// Puts the end of a drill on record, once.
#[utoipa::path(post, path = "/v1/drills/{id}/end", tag = "drills", params(("id" = String, Path)), request_body = EndDrill, responses((status = 200, body = Drill)))]
pub async fn end_drill(
    State(endpoint): State<Endpoint>,
    write: Write<EndDrill>,
) -> Result<Response, Failure> {
    let app = endpoint.app();
    let done = drills::end::end(&app.db, write.call, write.id, write.body).await?;
    Ok(answer(StatusCode::OK, done))
}

/// Shows a drill.
#[utoipa::path(get, path = "/v1/drills/{id}", tag = "drills", params(("id" = String, Path)), responses((status = 200, body = Drill)))]
pub async fn show_drill(State(endpoint): State<Endpoint>, Read(id): Read) -> Result<Json<Drill>, Failure> {
    Ok(Json(drills::show(&endpoint.app().db, id).await?))
}
