//! `POST /v1/session/end`

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use client::access::SignedOut;
use lending::Refusal;

use crate::extract::cookie;
use crate::extract::signed_in::SignedIn;
use web::Failure;

/// Ends one's own session, on every instance.
#[utoipa::path(post, path = "/v1/session/end", tag = "sessions", responses((status = 200, body = SignedOut)))]
pub async fn end_session(signed_in: SignedIn) -> Result<Response, Failure> {
    let SignedIn {
        endpoint, session, ..
    } = signed_in;
    let app = endpoint.app();
    let access = app
        .access
        .as_ref()
        .ok_or_else(|| Failure::of(Code::Unauthenticated))?;
    let ended = access.sign_out(&session.token).await.map_err(Refusal::from)?;
    let mut response = Json(SignedOut { ended }).into_response();
    if let Some(value) = cookie::clear(app.secure).filter(|_| session.cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}
