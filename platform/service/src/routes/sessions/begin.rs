//! `POST /v1/sessions`

use std::sync::Arc;

use auth::{Access, SignInError};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use client::access::{Session, SignIn};
use lending::Refusal;

use crate::app::App;
use crate::extract::cookie;
use crate::extract::open::Open;
use web::Failure;

/// Signs a person in, with password and one-time code.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = SignIn, responses((status = 201, body = Session)))]
pub async fn begin_session(open: Open<SignIn>) -> Result<Response, Failure> {
    let Open {
        endpoint,
        body,
        source,
        from_here,
    } = open;
    let app = endpoint.app();
    let access = access(app)?;
    // A page elsewhere must not sign its visitor in as somebody else.
    if body.cookie {
        from_here?;
    }
    let (account, cookie) = (body.account.clone(), body.cookie);
    let asked = auth::SignIn {
        account: body.account,
        password: body.password.into(),
        code: body.code,
        source,
    };
    let outcome = access.sign_in(asked).await;
    count(app, outcome.as_ref().map(drop));
    let begun = outcome.map_err(refused)?;
    let session = Session {
        account,
        role: begun.role.as_str().to_owned(),
        ends_at: begun.ends_at,
        token: (!cookie).then(|| begun.token.to_string()),
        csrf: cookie.then(|| access.csrf(&begun.token)),
    };
    let mut response = (StatusCode::CREATED, Json(session)).into_response();
    if let Some(value) = cookie::set(&begun.token, app.secure).filter(|_| cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Who knows of accounts, if this instance does.
pub(crate) fn access(app: &App) -> Result<&Arc<Access>, Failure> {
    let none = || Failure::of(Code::NotFound).detail("nobody signs in at this instance");
    app.access.as_ref().ok_or_else(none)
}

/// Counts an attempt to prove who one is.
pub(crate) fn count(app: &App, outcome: Result<(), &SignInError>) {
    let counted = match outcome {
        Ok(()) => "begun",
        Err(SignInError::Wrong) => "wrong",
        Err(SignInError::Slowed) => "slowed",
        Err(SignInError::Db(_) | SignInError::Machine(_)) => return,
    };
    app.metrics.gauges.sign_ins.with_label_values(&[counted]).inc();
}

/// What somebody is told who was not let in.
pub(crate) fn refused(error: SignInError) -> Failure {
    match error {
        SignInError::Wrong => Failure::of(Code::Unauthenticated).detail("name, password or code is wrong"),
        SignInError::Slowed => {
            Failure::of(Code::RateLimited).detail("too many attempts; wait, then use a new code")
        }
        SignInError::Db(error) => Refusal::from(error).into(),
        SignInError::Machine(error) => Refusal::internal(&error).into(),
    }
}
