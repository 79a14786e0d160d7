//! The door of the route by which a person signs in: it asks nobody who they are.

use std::net::IpAddr;

use axum::extract::{FromRequest, Request};
use base::problem::Code;
use serde::de::DeserializeOwned;

use super::{caller, csrf};
use crate::endpoint::Endpoint;
use web::Failure;
use web::body;
use web::listener::Source;

/// A body from anybody, and where it came from.
pub struct Open<B> {
    /// The route, and the service behind it.
    pub endpoint: Endpoint,
    /// What is asked.
    pub body: B,
    /// The address, as far as the listener knows one.
    pub source: Option<IpAddr>,
    /// Whether the browser says that it comes from this service's own page.
    pub from_here: Result<(), Failure>,
}

impl<B: DeserializeOwned> FromRequest<Endpoint> for Open<B> {
    type Rejection = Failure;

    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (parts, sent) = request.into_parts();
        if parts.headers.contains_key(caller::RUN) {
            return Err(Failure::of(Code::ShadowLaneNotAvailable));
        }
        let source = parts.extensions.get::<Source>().map(|source| source.0);
        let app = endpoint.app();
        if source.is_some_and(|source| !app.rate_sign_in.allows(source)) {
            return Err(Failure::of(Code::RateLimited));
        }
        body::must_be_json(&parts.headers)?;
        let bytes = body::read(&parts.headers, sent, &app.limits.wire).await?;
        Ok(Self {
            endpoint: endpoint.clone(),
            body: body::parse(&bytes)?,
            source,
            from_here: csrf::from_here(&parts.headers, app.secure),
        })
    }
}
