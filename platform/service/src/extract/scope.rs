//! The scope in the query.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base::problem::Code;
use serde::Deserialize;

use web::Failure;

/// `?scope=`, as sent; the use case parses it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Absent for everything.
    pub scope: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Scope {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Query::<Self>::from_request_parts(parts, state).await {
            Ok(Query(scope)) => Ok(scope),
            Err(_) => Err(Failure::of(Code::InvalidField)
                .detail("the query may have one `scope`")
                .field("scope")),
        }
    }
}
