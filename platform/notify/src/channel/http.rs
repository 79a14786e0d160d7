//! What channels over HTTP share: a client that goes nowhere else, bounded answers, and failures without addresses.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};

use super::Failure;
use crate::config::secret::SecretFile;
use crate::error::NotifyError;

/// Longest wait for a connection, so that the rest of the attempt's time is left for the answer.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest answer that is read: receivers answer with some words.
const LONGEST: usize = 64 * 1024;
/// Longest that a receiver may ask to be left alone; a page is given up after an hour.
const PATIENCE: Duration = Duration::from_mins(30);
/// Where the key stands under which a receiver knows a page again (IETF draft of this name).
pub(crate) const KEY: &str = "idempotency-key";

/// A client that follows no redirect and no proxy: a page goes to the configured address or nowhere.
pub(crate) fn client() -> Result<Client, NotifyError> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(2)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .build();
    client.map_err(|_| NotifyError::Client("HTTP"))
}

/// Reads an address. Only loopback is reached without TLS: addresses of robots and gateways hold their keys.
///
/// # Errors
/// What to do about it.
pub(crate) fn address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "one address like https://host/path in the file")?;
    let host = url.host_str().ok_or("an address with a host")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare
        .parse::<IpAddr>()
        .map_or(host == "localhost", |ip| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err("an https address; http only on loopback"),
    }
}

/// Reads an address out of its file.
pub(crate) fn address_in(file: &SecretFile) -> Result<Url, Failure> {
    address(&file.read()?).map_err(Failure::new)
}

/// What a receiver answered with a status of success.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
}

/// A body on its way.
pub(crate) struct Post<'p> {
    pub(crate) url: Url,
    pub(crate) body: Vec<u8>,
    pub(crate) key: &'p str,
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) now: i64,
}

/// Sends JSON; any status but a success is a failure.
///
/// # Errors
/// What happened, and how long to wait if the receiver said so.
pub(crate) async fn post(client: &Client, post: Post<'_>) -> Result<Answer, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    let more = post.headers.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in more.chain([(KEY, post.key)]) {
        let value = HeaderValue::from_str(value).map_err(|_| Failure::new("a header that cannot be sent"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    let mut request = client.post(post.url).headers(headers).body(post.body);
    if let Some(token) = post.token {
        request = request.bearer_auth(token);
    }
    let mut response = request.send().await.map_err(|error| Failure::new(kind(&error)))?;
    let status = response.status();
    if !status.is_success() {
        return Err(Failure {
            why: format!("HTTP status {}", status.as_u16()),
            retry_after: retry_after(&response, post.now).or_else(|| limited(status)),
        });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Failure::new(kind(&error)))?
    {
        if body.len() + chunk.len() > LONGEST {
            return Err(Failure::new("an answer of more than 64 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { body })
}

fn limited(status: StatusCode) -> Option<Duration> {
    (status == StatusCode::TOO_MANY_REQUESTS).then_some(Duration::from_mins(1))
}

/// Seconds, or a date (RFC 9110, 10.2.3), bounded.
fn retry_after(response: &Response, now: i64) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let wait = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_microsecond();
            Duration::from_micros(u64::try_from(at.saturating_sub(now)).unwrap_or_default())
        }
    };
    Some(wait.min(PATIENCE))
}

/// In words of ours: the client's own name the address, which may hold a key.
fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the request failed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_reached_without_tls() {
        for good in [
            "https://hook.example/x?key=1",
            "http://127.0.0.1:9/x",
            "http://[::1]:9/",
            "http://localhost/",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://hook.example/",
            "ftp://127.0.0.1/",
            "hook",
            "",
            "http://127.0.0.1.example/",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
