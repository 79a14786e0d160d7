//! Who calls, and whether the route is theirs.
//!
//! A bearer token names a service, or a session that a person began; a cookie
//! names such a session too, and a write under it must be shown to come from the
//! console's own page; without either, the client's certificate may name somebody.

use auth::Principal;
use auth::sessions::is_token;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, header};
use base::problem::Code;
use lending::Refusal;
use web::Failure;
use web::bearer::bearer;
use web::tls::Certificate;

use super::{cookie, csrf};
use crate::app::App;
use crate::endpoint::Endpoint;

/// The colour of stress traffic. It is turned away here, at the one place
/// where a request gets its lane, so that it is never taken for live.
pub const RUN: HeaderName = HeaderName::from_static("x-backstop-run");

/// Somebody who is known, and the session that they came with.
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The session's token, its end, and whether it came in a cookie.
    pub session: Option<Live>,
}

/// A live session.
pub struct Live {
    /// Its token.
    pub token: String,
    /// When it ends at the latest, in microseconds.
    pub ends_at: i64,
    /// Whether it came in a cookie.
    pub cookie: bool,
}

/// Finds who calls and holds them against the route's roles.
///
/// # Errors
/// `shadow-lane-not-available`, `unauthenticated`, `cross-site`, `forbidden`,
/// `rate-limited`, or `unavailable` while nobody can say whether a session lives.
pub async fn identify(parts: &Parts, endpoint: &Endpoint) -> Result<Caller, Failure> {
    if parts.headers.contains_key(RUN) {
        return Err(Failure::of(Code::ShadowLaneNotAvailable));
    }
    let caller = known(parts, endpoint.app()).await?;
    let principal = &caller.principal;
    if !endpoint.route().roles.contains(&principal.role) {
        return Err(Failure::of(Code::Forbidden));
    }
    let rate = endpoint.app().rate_principal.as_ref();
    match rate.filter(|_| endpoint.route().class.is_rated()) {
        Some(rate) if !rate.allows(&principal.name) => Err(Failure::of(Code::RateLimited)),
        _ => Ok(caller),
    }
}

async fn known(parts: &Parts, app: &App) -> Result<Caller, Failure> {
    let nobody = || Failure::of(Code::Unauthenticated);
    let headers = &parts.headers;
    if headers.contains_key(header::AUTHORIZATION) {
        let token = bearer(headers).ok_or_else(nobody)?;
        if is_token(token) {
            return session(app, token, false).await;
        }
        let principal = app.tokens.principal(token).ok_or_else(nobody)?;
        return Ok(Caller {
            principal,
            session: None,
        });
    }
    if let Some(token) = cookie::token(headers, app.secure) {
        let caller = session(app, token, true).await?;
        if !is_safe(&parts.method) {
            csrf::from_here(headers, app.secure)?;
            let access = app.access.as_ref().ok_or_else(nobody)?;
            csrf::token(headers, |sent| access.csrf_fits(token, sent))?;
        }
        return Ok(caller);
    }
    let shown = parts.extensions.get::<Certificate>();
    let principal = shown.and_then(|shown| app.certificates.as_ref()?.principal(&shown.0));
    let principal = principal.ok_or_else(nobody)?;
    if let Some(access) = &app.access
        && access.is_barred(&principal.name).await.map_err(Refusal::from)?
    {
        return Err(nobody());
    }
    Ok(Caller {
        principal,
        session: None,
    })
}

async fn session(app: &App, token: &str, cookie: bool) -> Result<Caller, Failure> {
    let nobody = || Failure::of(Code::Unauthenticated);
    let access = app.access.as_ref().ok_or_else(nobody)?;
    let session = access.session(token).await.map_err(Refusal::from)?;
    let session = session.ok_or_else(nobody)?;
    Ok(Caller {
        principal: session.principal,
        session: Some(Live {
            token: token.to_owned(),
            ends_at: session.ends_at,
            cookie,
        }),
    })
}

/// Methods that change nothing (RFC 9110, 9.2.1).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
