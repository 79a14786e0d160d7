//! `POST /v1/sessions`

use auth::SignInError;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use client::access::{Session, SignIn};
use lending::Refusal;

use crate::extract::cookie;
use crate::extract::open::Open;
use crate::problem::Failure;

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
    let Some(access) = &app.access else {
        return Err(Failure::of(Code::NotFound).detail("nobody signs in at this instance"));
    };
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
    let counted = match &outcome {
        Ok(_) => Some("begun"),
        Err(SignInError::Wrong) => Some("wrong"),
        Err(SignInError::Slowed) => Some("slowed"),
        Err(SignInError::Db(_) | SignInError::Machine(_)) => None,
    };
    if let Some(counted) = counted {
        app.metrics.gauges.sign_ins.with_label_values(&[counted]).inc();
    }
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

fn refused(error: SignInError) -> Failure {
    match error {
        SignInError::Wrong => Failure::of(Code::Unauthenticated).detail("name, password or code is wrong"),
        SignInError::Slowed => {
            Failure::of(Code::RateLimited).detail("too many attempts; wait, then use a new code")
        }
        SignInError::Db(error) => Refusal::from(error).into(),
        SignInError::Machine(error) => Refusal::internal(&error).into(),
    }
}
