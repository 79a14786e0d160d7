//! The cookie that holds a session's token in a browser.
//!
//! `HttpOnly`, so that no script reads it; `SameSite=Strict`, so that no other
//! site's page sends it; under TLS `Secure` and named `__Host-…`, so that no
//! sub-domain and no plain page can plant one (OWASP session management cheat
//! sheet; RFC 6265bis, 4.1.3).

use axum::http::{HeaderMap, HeaderValue, header};

/// Longest `Cookie` header looked at; ours has some 80 bytes, a browser adds
/// those of the same host.
const LONGEST: usize = 8 * 1024;

fn name(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// The one session cookie of a request. Two are none: one of them was planted.
#[must_use]
pub fn token(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let mut found = None;
    for value in headers.get_all(header::COOKIE) {
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST)?;
        for pair in text.split(';') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            if key.trim() == name(secure) && found.replace(value.trim()).is_some() {
                return None;
            }
        }
    }
    found
}

/// Sets it for as long as the browser runs; the service knows when it ends.
#[must_use]
pub fn set(token: &str, secure: bool) -> Option<HeaderValue> {
    with(token, secure, "")
}

/// Takes it away.
#[must_use]
pub fn clear(secure: bool) -> Option<HeaderValue> {
    with("", secure, "; Max-Age=0")
}

fn with(token: &str, secure: bool, rest: &str) -> Option<HeaderValue> {
    let tls = if secure { "; Secure" } else { "" };
    let text = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict{tls}{rest}",
        name(secure)
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_session_is_found_among_others_and_two_are_none() {
        assert_eq!(token(&sent(&["a=b; session=abc; c"]), false), Some("abc"));
        assert_eq!(token(&sent(&["a=b", "__Host-session=abc"]), true), Some("abc"));
        assert_eq!(token(&sent(&["session=abc"]), true), None, "planted in the clear");
        assert_eq!(token(&sent(&["session=abc; session=def"]), false), None);
        assert_eq!(token(&sent(&["session=abc", "session=def"]), false), None);
        assert_eq!(token(&sent(&[]), false), None);
    }

    #[test]
    fn a_cookie_is_for_this_host_and_its_own_pages_only() {
        let text = |value: Option<HeaderValue>| value.unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            text(set("abc", false)),
            "session=abc; Path=/; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            text(set("abc", true)),
            "__Host-session=abc; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(text(clear(true)).ends_with("; Max-Age=0"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_more_than_a_token_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, value);
                if let Some(found) = token(&headers, false) {
                    prop_assert!(!found.contains(';') && found.trim() == found);
                }
            }
        }

        #[test]
        fn what_is_set_is_found_again(token_text in "[a-z0-9_]{1,80}", others in prop::collection::vec("[a-z]{1,5}=[a-z0-9]{0,5}", 0..5)) {
            let set = set(&token_text, true).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let cookies = format!("{}; {pair}", others.join("; "));
            let headers = sent(&[&cookies]);
            prop_assert_eq!(token(&headers, true), Some(token_text.as_str()));
        }
    }
}
