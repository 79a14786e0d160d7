//! The id in the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use base::problem::Code;

use web::Failure;

/// The one parameter of a path, as sent; the use case parses it.
#[derive(Debug, Clone)]
pub struct Id(pub String);

/// A typed id has 36 bytes, an account's name 64 characters of up to four bytes;
/// anything longer is nobody's.
const MAX_LENGTH: usize = 256;

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if id.len() <= MAX_LENGTH => Ok(Self(id)),
            _ => Err(Failure::of(Code::NotFound)),
        }
    }
}
