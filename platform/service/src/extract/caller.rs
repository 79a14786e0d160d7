//! Who calls, and whether the route is theirs.

use auth::Principal;
use axum::http::{HeaderMap, HeaderName, header};
use base::problem::Code;

use crate::endpoint::Endpoint;
use crate::problem::Failure;

/// The colour of stress traffic. It is turned away here, at the one place
/// where a request gets its lane, so that it is never taken for live.
pub const RUN: HeaderName = HeaderName::from_static("x-backstop-run");

/// Finds the principal behind the bearer token and holds it against the route's roles.
///
/// # Errors
/// `shadow-lane-not-available`, `unauthenticated`, `forbidden` or `rate-limited`.
pub fn identify(headers: &HeaderMap, endpoint: &Endpoint) -> Result<Principal, Failure> {
    if headers.contains_key(RUN) {
        return Err(Failure::of(Code::ShadowLaneNotAvailable));
    }
    let principal = bearer(headers)
        .and_then(|token| endpoint.app().tokens.principal(token))
        .ok_or_else(|| Failure::of(Code::Unauthenticated))?;
    if !endpoint.route().roles.contains(&principal.role) {
        return Err(Failure::of(Code::Forbidden));
    }
    let rate = endpoint.app().rate_principal.as_ref();
    match rate.filter(|_| endpoint.route().class.is_rated()) {
        Some(rate) if !rate.allows(&principal.name) => Err(Failure::of(Code::RateLimited)),
        _ => Ok(principal),
    }
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn only_a_bearer_token_counts() {
        assert_eq!(bearer(&with("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("Basic abc")), None);
        assert_eq!(bearer(&with("abc")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
