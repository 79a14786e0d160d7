//! The door of every route that reads.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::lane::Live;
use lending::World;

use super::caller;
use crate::app::App;
use crate::endpoint::Endpoint;
use web::Failure;

/// A read by somebody who may.
pub struct Read(Endpoint);

impl Read {
    /// The world to read from.
    #[must_use]
    pub fn world(&self) -> &World<Live> {
        self.0.world()
    }

    /// The whole service.
    #[must_use]
    pub fn app(&self) -> &App {
        self.0.app()
    }
}

impl FromRequestParts<Endpoint> for Read {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, endpoint: &Endpoint) -> Result<Self, Failure> {
        caller::identify(parts, endpoint).await?;
        Ok(Self(endpoint.clone()))
    }
}
