//! The typed HTTP client: [`Client`] sends a [`Request`] and answers a
//! [`Reply`] or a [`CallError`] that says how much is known about the outcome.
//!
//! [`request`] holds what is sent, byte for byte, so that a caller can repeat
//! it under the same `Idempotency-Key` and knows its digest; [`error`] what
//! can go wrong; [`trust`] whom to believe under TLS. The routes, one method each, are grouped as the bodies are:
//! `firms`, `applications`, `contracts`, `loans`, `operations`, `evidence`, `drills`, `watch`.

pub mod error;
pub mod request;
pub mod trust;

mod access;
mod applications;
mod contracts;
mod drills;
mod evidence;
mod firms;
mod loans;
mod operations;
mod renewals;
mod runs;
mod watch;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

pub use error::{CallError, SetupError};
pub use request::{Method, Request};
pub use trust::{Trust, TrustError};

/// Longest wait for a connection. Loopback and one data centre answer in
/// milliseconds; beyond two seconds the listener is not there.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for an answer: above the service's own limit, so that the
/// service's `timeout` problem arrives before the client stops listening.
const ANSWER: Duration = Duration::from_secs(30);
/// Largest answer read. The longest, a statement of 60 instalments and 200
/// repayments, is about 70 kB; `/metrics` may reach a few hundred.
const LARGEST_ANSWER: usize = 4 << 20;

/// What a call gives: a reply, or how it went wrong.
pub type Outcome<T> = Result<Reply<T>, CallError>;

/// An answer that says yes.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    /// HTTP status, 200–299.
    pub status: u16,
    /// The answer.
    pub body: T,
    /// Whether the service repeated a stored answer (`Idempotency-Replayed: true`).
    pub replayed: bool,
}

/// A client for one service and one bearer. Cheap to clone; clones, and
/// clients made by [`Client::with_token`], share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the service at `base_url` (scheme, host and port).
    ///
    /// # Errors
    /// When the address is not an HTTP URL, or the token can't stand in a header.
    pub fn new(base_url: &str, token: &str) -> Result<Self, SetupError> {
        Self::with_timeout(base_url, token, ANSWER)
    }

    /// The same with another longest wait for an answer.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_timeout(base_url: &str, token: &str, answer: Duration) -> Result<Self, SetupError> {
        Self::trusting(base_url, token, answer, &Trust::default())
    }

    /// The same with authorities, or a client certificate, of one's own.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn trusting(
        base_url: &str,
        token: &str,
        answer: Duration,
        trust: &Trust,
    ) -> Result<Self, SetupError> {
        let url = reqwest::Url::parse(base_url).map_err(|_| SetupError::BadUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(SetupError::BadUrl);
        }
        let http = trust
            .apply(reqwest::Client::builder())
            .connect_timeout(CONNECT)
            .timeout(answer)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy named in the environment must not see the bearer, nor answer for the service.
            .no_proxy()
            .no_gzip()
            .build()
            .map_err(SetupError::Http)?;
        Ok(Self {
            http,
            base: base_url.trim_end_matches('/').to_owned(),
            headers: headers(token)?,
        })
    }

    /// The same service and connections under another bearer.
    ///
    /// # Errors
    /// When the token can't stand in a header.
    pub fn with_token(&self, token: &str) -> Result<Self, SetupError> {
        Ok(Self {
            headers: headers(token)?,
            ..self.clone()
        })
    }

    /// Where the service is, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// Sends a request once. Sending the same request again is a retry: same
    /// key, same bytes.
    ///
    /// # Errors
    /// See [`CallError`]: refused, failed, ambiguous or not sent.
    pub async fn send<T: DeserializeOwned>(&self, request: &Request<T>) -> Outcome<T> {
        let (status, replayed, bytes) = self.exchange(request).await?;
        let body = serde_json::from_slice(&bytes).map_err(|error| CallError::Ambiguous {
            reason: format!("answer {status} can't be read: {error}"),
        })?;
        Ok(Reply {
            status,
            body,
            replayed,
        })
    }

    /// `GET` of a page that is not JSON (`/metrics`), or of no interest but for its status.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn text(&self, path: &str) -> Outcome<String> {
        let (status, replayed, bytes) = self.exchange(&Request::<()>::get(path.to_owned())).await?;
        Ok(Reply {
            status,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            replayed,
        })
    }

    async fn exchange<T>(&self, request: &Request<T>) -> Result<(u16, bool, Vec<u8>), CallError> {
        let url = format!("{}{}", self.base, request.path());
        let mut builder = match request.method() {
            Method::Get => self.http.get(url),
            Method::Post => self
                .http
                .post(url)
                .header(CONTENT_TYPE, "application/json")
                .body(request.body().to_vec()),
        };
        builder = builder.headers(self.headers.clone());
        if let Some(key) = request.key() {
            builder = builder.header("idempotency-key", key);
        }
        let mut response = builder.send().await.map_err(|error| CallError::of(&error))?;
        let status = response.status().as_u16();
        let replayed = response
            .headers()
            .get("idempotency-replayed")
            .is_some_and(|value| value.as_bytes() == b"true");
        let retry_after = error::retry_after(response.headers());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| CallError::of(&error))? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                return Err(CallError::Ambiguous {
                    reason: format!("answer {status} is longer than {LARGEST_ANSWER} bytes"),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        if response.status().is_success() {
            Ok((status, replayed, bytes))
        } else {
            Err(CallError::answered(status, retry_after, &bytes))
        }
    }
}

fn headers(token: &str) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    if !token.is_empty() {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| SetupError::BadToken)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}
