//! Signing in and out, and acts that take several persons.

use super::Request;
use super::request::path;
use crate::access::{Execute, Judge, Proposal, Propose, Session, SignIn, SignedOut};

impl Request<Session> {
    /// `POST /v1/sessions`.
    #[must_use]
    pub fn sign_in(body: &SignIn) -> Self {
        Self::post_keyless("/v1/sessions".to_owned(), body)
    }
}

impl Request<SignedOut> {
    /// `POST /v1/session/end`.
    #[must_use]
    pub fn sign_out() -> Self {
        Self::post_keyless("/v1/session/end".to_owned(), &())
    }
}

impl Request<Proposal> {
    /// `POST /v1/proposals`.
    #[must_use]
    pub fn propose(key: &str, body: &Propose) -> Self {
        Self::post("/v1/proposals".to_owned(), key, body)
    }

    /// `GET /v1/proposals/{id}`.
    #[must_use]
    pub fn proposal(id: &str) -> Self {
        Self::get(path("proposals", id, ""))
    }

    /// `POST /v1/proposals/{id}/verdicts`.
    #[must_use]
    pub fn judge(key: &str, id: &str, body: &Judge) -> Self {
        Self::post(path("proposals", id, "/verdicts"), key, body)
    }

    /// `POST /v1/proposals/{id}/execution`.
    #[must_use]
    pub fn execute(key: &str, id: &str, body: &Execute) -> Self {
        Self::post(path("proposals", id, "/execution"), key, body)
    }
}
