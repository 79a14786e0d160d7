//! The token that a request names itself with.

use axum::http::{HeaderMap, header};

/// The one token of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110, 11.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
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
    fn only_one_bearer_token_counts() {
        assert_eq!(bearer(&with("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("bearer abc")), Some("abc"));
        assert_eq!(bearer(&with("Basic abc")), None);
        assert_eq!(bearer(&with("abc")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
        let mut twice = with("Bearer abc");
        twice.append(header::AUTHORIZATION, "Bearer def".parse().unwrap());
        assert_eq!(bearer(&twice), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_more_than_a_token_or_none(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
            if let Ok(value) = axum::http::HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(header::AUTHORIZATION, value);
                if let Some(token) = bearer(&headers) {
                    proptest::prop_assert!(bytes.len() >= 7 + token.len());
                }
            }
        }
    }
}
