//! What is sent, byte for byte.

use std::marker::PhantomData;

use serde::Serialize;

use crate::digest::request_digest;

/// The methods that the interface uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes, under an `Idempotency-Key`.
    Post,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request whose answer is a `T`. Holding on to it is holding on to the
/// exact bytes, so that a retry is the same request and not a similar one.
#[derive(Debug, Clone)]
pub struct Request<T> {
    method: Method,
    path: String,
    key: Option<String>,
    body: Vec<u8>,
    answer: PhantomData<fn() -> T>,
}

impl<T> Request<T> {
    /// A read.
    #[must_use]
    pub const fn get(path: String) -> Self {
        Self {
            method: Method::Get,
            path,
            key: None,
            body: Vec::new(),
            answer: PhantomData,
        }
    }

    /// A write under an idempotency key (1–64 visible ASCII characters).
    #[must_use]
    pub fn post<B: Serialize>(path: String, key: &str, body: &B) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..Self::post_keyless(path, body)
        }
    }

    /// Signing in or out, whose answers are not stored under a key.
    #[must_use]
    pub(crate) fn post_keyless<B: Serialize>(path: String, body: &B) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the bodies are structs of strings and integers, which always serialise"
        )]
        let body = serde_json::to_vec(body).expect("a body of strings and integers");
        Self {
            method: Method::Post,
            path,
            key: None,
            body,
            answer: PhantomData,
        }
    }

    /// A write whose body is `{}`.
    #[must_use]
    pub fn post_empty(path: String, key: &str) -> Self {
        Self {
            method: Method::Post,
            path,
            key: Some(key.to_owned()),
            body: b"{}".to_vec(),
            answer: PhantomData,
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Path from the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The idempotency key of a write.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The bytes of the body; empty for a read.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The digest that the row written by this request carries; none for a read.
    #[must_use]
    pub fn digest(&self) -> Option<String> {
        self.key.as_deref().map(|key| request_digest(key, &self.body))
    }
}

/// `/v1/<collection>/<id><rest>`, with nothing in the id that could reach another route.
pub(crate) fn path(collection: &str, id: &str, rest: &str) -> String {
    format!("/v1/{collection}/{}{rest}", encoded(id))
}

/// Percent-encoded, so that nothing in it means anything to a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_reach_another_route() {
        assert_eq!(path("loans", "lon_0f", "/payoff"), "/v1/loans/lon_0f/payoff");
        assert_eq!(
            path("loans", "../intake/close?x", ""),
            "/v1/loans/%2E%2E%2Fintake%2Fclose%3Fx"
        );
    }

    #[test]
    fn the_digest_is_of_the_bytes_that_are_sent() {
        let request = Request::<()>::post("/v1/x".into(), "key", &serde_json::json!({"a": 1}));
        assert_eq!(request.body(), br#"{"a":1}"#);
        assert_eq!(request.digest(), Some(request_digest("key", br#"{"a":1}"#)));
        assert_eq!(Request::<()>::get("/v1/x".into()).digest(), None);
    }
}
