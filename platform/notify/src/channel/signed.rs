//! Plain JSON under an HMAC-SHA256 of time and body; what ticket systems get, and how they sign what they send back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::json;
use sha2::Sha256;

use super::http::{self, Post};
use super::{Channel, Delivered, Failure, Outgoing, Sending};
use crate::config::secret::SecretFile;
use crate::micros::{SECOND, rfc3339};
use crate::notice::Alert;
use crate::text;

/// The header with the time of sending, in seconds since 1970.
pub const TIMESTAMP: &str = "x-backstop-timestamp";
/// The header with `v1=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in base64.
pub const SIGNATURE: &str = "x-backstop-signature";
/// How far clocks may be apart, and how long a copied request is good: five minutes, as others have it.
const APART: i64 = 300;

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) url: SecretFile,
    pub(crate) key: SecretFile,
}

pub(crate) struct Signed {
    settings: Settings,
    client: Client,
}

impl Signed {
    pub(crate) fn new(settings: Settings, client: Client) -> Self {
        Self { settings, client }
    }

    async fn post(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let body = body(outgoing).to_string().into_bytes();
        let key = self.settings.key.read()?;
        let seconds = outgoing.now.div_euclid(SECOND).to_string();
        let signature = sign(key.as_bytes(), &seconds, &body);
        let post = Post {
            url: http::address_in(&self.settings.url)?,
            body,
            key: &outgoing.key,
            token: None,
            headers: vec![(TIMESTAMP, seconds), (SIGNATURE, signature)],
            now: outgoing.now,
        };
        http::post(&self.client, post).await?;
        Ok(Delivered::default())
    }
}

impl Channel for Signed {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.post(outgoing))
    }
}

/// The body, which programs get, too.
pub(crate) fn body(outgoing: &Outgoing) -> serde_json::Value {
    let page = &outgoing.page;
    let alert = |alert: &Alert| {
        json!({
            "fingerprint": alert.fingerprint,
            "status": if alert.fires(page.at) { "firing" } else { "resolved" },
            "labels": alert.labels,
            "annotations": alert.annotations,
            "starts_at": rfc3339(alert.starts_at),
            "ends_at": alert.ends_at.filter(|_| !alert.fires(page.at)).map(rfc3339),
            "generator": alert.generator,
        })
    };
    json!({
        "version": 1,
        "key": outgoing.key,
        "attempt": outgoing.attempt,
        "kind": page.kind.as_str(),
        "status": if page.fires() { "firing" } else { "resolved" },
        "receiver": page.receiver,
        "ticket_key": page.group,
        "ticket": page.ticket,
        "group_key": page.group_key,
        "group_labels": page.group_labels,
        "alerts": page.alerts.iter().map(alert).collect::<Vec<_>>(),
        "truncated": page.truncated,
        "dependents": page.dependents,
        "dependents_total": page.dependents_total,
        "silenced": page.silenced,
        "code": page.code,
        "step": page.step,
        "subject": text::subject(page, outgoing.language),
        "text": text::body(page, outgoing.language, 16 * 1024),
        "at": rfc3339(page.at),
        "external_url": page.external_url,
    })
}

fn mac(key: &[u8], timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length, so this is never nothing.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// What stands in [`SIGNATURE`].
#[must_use]
pub fn sign(key: &[u8], timestamp: &str, body: &[u8]) -> String {
    let code = mac(key, timestamp, body).map(|mac| mac.finalize().into_bytes());
    format!("v1={}", STANDARD.encode(code.unwrap_or_default()))
}

/// Whether a request was signed with the key, within five minutes of now (microseconds since 1970).
#[must_use]
pub fn verify(key: &[u8], timestamp: &str, signature: &str, body: &[u8], now: i64) -> bool {
    let recent = timestamp
        .parse::<i64>()
        .is_ok_and(|at| at.abs_diff(now.div_euclid(SECOND)) <= APART.unsigned_abs());
    let code = signature
        .strip_prefix("v1=")
        .and_then(|code| STANDARD.decode(code).ok());
    let (Some(code), Some(mac)) = (code, mac(key, timestamp, body)) else {
        return false;
    };
    // In constant time.
    recent && !key.is_empty() && mac.verify_slice(&code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_time_and_body_and_ages() {
        let now = 1_700_000_000 * SECOND;
        let signature = sign(b"key", "1700000000", b"{}");
        assert!(verify(b"key", "1700000000", &signature, b"{}", now));
        assert!(!verify(b"key", "1700000001", &signature, b"{}", now));
        assert!(!verify(b"key", "1700000000", &signature, b"{ }", now));
        assert!(!verify(b"other", "1700000000", &signature, b"{}", now));
        assert!(!verify(
            b"key",
            "1700000000",
            &signature,
            b"{}",
            now + 301 * SECOND
        ));
        assert!(!verify(b"key", "1700000000", "v1=", b"{}", now) && !verify(b"", "", "", b"", now));
    }
}
