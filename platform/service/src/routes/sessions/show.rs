//! `GET /v1/session`

use client::access::Session;

use crate::extract::signed_in::SignedIn;
use crate::reply::{Fresh, Shown};

/// Shows one's own session, and the token that a page under the cookie needs for writes.
#[utoipa::path(get, path = "/v1/session", tag = "sessions", responses((status = 200, body = Session)))]
pub async fn show_session(signed_in: SignedIn) -> Shown<Session> {
    let SignedIn {
        endpoint,
        principal,
        session,
    } = signed_in;
    let access = endpoint.app().access.as_ref().filter(|_| session.cookie);
    Ok(Fresh(Session {
        account: principal.name.to_string(),
        role: principal.role.as_str().to_owned(),
        ends_at: session.ends_at,
        token: None,
        csrf: access.map(|access| access.csrf(&session.token)),
    }))
}
