//! `POST /v1/password`

use auth::ChangeError;
use client::access::{NewPassword, PasswordChanged};
use lending::Refusal;

use super::begin;
use crate::extract::open::Open;
use crate::reply::{Fresh, Shown};

/// Replaces one's own password, and ends all one's sessions.
#[utoipa::path(post, path = "/v1/password", tag = "sessions", request_body = NewPassword, responses((status = 200, body = PasswordChanged)))]
pub async fn change_password(open: Open<NewPassword>) -> Shown<PasswordChanged> {
    let Open {
        endpoint,
        body,
        source,
        from_here: _,
    } = open;
    let app = endpoint.app();
    let access = begin::access(app)?;
    let asked = auth::SignIn {
        account: body.account,
        password: body.password.into(),
        code: body.code,
        source,
    };
    match access.change_password(asked, body.new_password.into()).await {
        Ok(sessions_ended) => Ok(Fresh(PasswordChanged { sessions_ended })),
        Err(ChangeError::Unfit(unfit)) => Err(Refusal::field("new_password", unfit.to_string()).into()),
        Err(ChangeError::NotProven(error)) => {
            begin::count(app, Err(&error));
            Err(begin::refused(error))
        }
    }
}
