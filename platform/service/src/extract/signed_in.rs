//! The door of the routes about one's own session.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::problem::Code;

use super::caller::{self, Caller, Live};
use crate::endpoint::Endpoint;
use web::Failure;

/// A person with a live session.
pub struct SignedIn {
    /// The route, and the service behind it.
    pub endpoint: Endpoint,
    /// Who.
    pub principal: auth::Principal,
    /// The session.
    pub session: Live,
}

impl FromRequestParts<Endpoint> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, endpoint: &Endpoint) -> Result<Self, Failure> {
        let Caller { principal, session } = caller::identify(parts, endpoint).await?;
        let session = session.ok_or_else(|| {
            Failure::of(Code::NotFound).detail("a token or certificate has no session to show or end")
        })?;
        Ok(Self {
            endpoint: endpoint.clone(),
            principal,
            session,
        })
    }
}
