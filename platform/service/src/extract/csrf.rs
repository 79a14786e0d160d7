//! Whether a write under a cookie comes from the console's own page.
//!
//! Two proofs, each enough by itself (OWASP CSRF prevention cheat sheet): the
//! browser says where the request comes from, in `Sec-Fetch-Site` or in `Origin`,
//! and the page sends the token that is bound to its session.

use axum::http::{HeaderMap, HeaderName, header};
use base::problem::Code;

use web::Failure;

/// The session's token against forgery.
pub const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// # Errors
/// `cross-site` unless the browser says that the page is of this very origin.
pub fn from_here(headers: &HeaderMap, secure: bool) -> Result<(), Failure> {
    let here = match only(headers, &SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None if headers.contains_key(&SEC_FETCH_SITE) => false,
        None => of_this_host(headers, secure),
    };
    if here {
        Ok(())
    } else {
        Err(Failure::of(Code::CrossSite).detail("the request does not come from this service's own page"))
    }
}

/// # Errors
/// `cross-site` without the token that `fits`.
pub fn token(headers: &HeaderMap, fits: impl FnOnce(&str) -> bool) -> Result<(), Failure> {
    if only(headers, &CSRF_TOKEN).is_some_and(fits) {
        Ok(())
    } else {
        Err(Failure::of(Code::CrossSite).detail("x-csrf-token is not that of the session"))
    }
}

/// Older browsers send no `Sec-Fetch-Site`, but `Origin` with every write.
fn of_this_host(headers: &HeaderMap, secure: bool) -> bool {
    let scheme = if secure { "https://" } else { "http://" };
    let origin = only(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix(scheme));
    let host = only(headers, &header::HOST).filter(|host| !host.is_empty());
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_this_services_own_page_is_here() {
        let here = |pairs: &[(&'static str, &str)]| from_here(&with(pairs), true).is_ok();
        assert!(here(&[("sec-fetch-site", "same-origin")]));
        assert!(here(&[
            ("origin", "https://bank.example:7443"),
            ("host", "Bank.example:7443")
        ]));
        for other in [
            &[][..],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://bank.example"),
                ("host", "bank.example"),
            ],
            &[("sec-fetch-site", "none")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[("origin", "null"), ("host", "null")],
            &[("origin", "http://bank.example"), ("host", "bank.example")],
            &[("origin", "https://bank.example.evil"), ("host", "bank.example")],
            &[("origin", "https://"), ("host", "")],
            &[("origin", "https://bank.example")],
        ] {
            assert!(!here(other), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_the_tokens_own_text_fits(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(value) = axum::http::HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(CSRF_TOKEN, value.clone());
                headers.insert(SEC_FETCH_SITE, value.clone());
                headers.insert(header::ORIGIN, value);
                prop_assert!(token(&headers, |sent| sent == "right").is_ok() == (bytes == b"right"));
                prop_assert!(from_here(&headers, false).is_ok() == (bytes == b"same-origin"));
            }
        }
    }
}
