//! What the control plane watches.

use super::Request;
use crate::watch::{
    Ack, NewAck, NewSilence, Silence, Silences, TestReceiver, TestedReceiver, WatchAlerts, WatchStatus,
};

impl Request<WatchStatus> {
    /// `GET /v1/watch`.
    #[must_use]
    pub fn watch_status() -> Self {
        Self::get("/v1/watch".to_owned())
    }
}

impl Request<WatchAlerts> {
    /// `GET /v1/watch/alerts`.
    #[must_use]
    pub fn watch_alerts() -> Self {
        Self::get("/v1/watch/alerts".to_owned())
    }
}

impl Request<serde_json::Value> {
    /// `GET /v1/watch/query`: the answer has the form of Prometheus's `/api/v1/query`.
    #[must_use]
    pub fn watch_query(expression: &str, seconds: Option<f64>) -> Self {
        let mut path = format!("/v1/watch/query?query={}", encoded(expression));
        if let Some(seconds) = seconds {
            path.push_str(&format!("&time={seconds}"));
        }
        Self::get(path)
    }
}

impl Request<Silence> {
    /// `POST /v1/watch/silences`.
    #[must_use]
    pub fn silence(key: &str, body: &NewSilence) -> Self {
        Self::post("/v1/watch/silences".to_owned(), key, body)
    }

    /// `POST /v1/watch/silences/{id}/expire`.
    #[must_use]
    pub fn expire_silence(key: &str, id: &str) -> Self {
        Self::post_empty(super::request::path("watch/silences", id, "/expire"), key)
    }
}

impl Request<Silences> {
    /// `GET /v1/watch/silences`.
    #[must_use]
    pub fn silences() -> Self {
        Self::get("/v1/watch/silences".to_owned())
    }
}

impl Request<Ack> {
    /// `POST /v1/watch/acks`.
    #[must_use]
    pub fn acknowledge(key: &str, body: &NewAck) -> Self {
        Self::post("/v1/watch/acks".to_owned(), key, body)
    }
}

impl Request<TestedReceiver> {
    /// `POST /v1/watch/receivers/test`.
    #[must_use]
    pub fn test_receiver(key: &str, body: &TestReceiver) -> Self {
        Self::post("/v1/watch/receivers/test".to_owned(), key, body)
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_travels_whole() {
        assert_eq!(encoded("up{a=\"b\"} > 0"), "up%7Ba%3D%22b%22%7D%20%3E%200");
        assert_eq!(encoded("线"), "%E7%BA%BF");
    }
}
