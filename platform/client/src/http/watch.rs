//! What the control plane watches.

use super::Request;
use super::request::{encoded, path};
use crate::watch::{
    Ack, CallTree, CallTrees, NewAck, NewSilence, Silence, Silences, TestReceiver, TestedReceiver,
    WatchAlerts, WatchStatus,
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
        let time = seconds.map_or_else(String::new, |seconds| format!("&time={seconds}"));
        Self::get(format!("/v1/watch/query?query={}{time}", encoded(expression)))
    }
}

impl Request<serde_json::Value> {
    /// `GET /v1/watch/query_range`: the answer has the form of Prometheus's `/api/v1/query_range`. Times are seconds since
    /// 1970 or RFC 3339, the step is seconds or a span such as `15s`.
    #[must_use]
    pub fn watch_query_range(expression: &str, start: &str, end: &str, step: &str) -> Self {
        let (start, end, step) = (encoded(start), encoded(end), encoded(step));
        let query = encoded(expression);
        Self::get(format!(
            "/v1/watch/query_range?query={query}&start={start}&end={end}&step={step}"
        ))
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
        Self::post_empty(path("watch/silences", id, "/expire"), key)
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

impl Request<CallTrees> {
    /// `GET /v1/watch/call-trees`.
    #[must_use]
    pub fn call_trees() -> Self {
        Self::get("/v1/watch/call-trees".to_owned())
    }
}

impl Request<CallTree> {
    /// `POST /v1/watch/call-trees`.
    #[must_use]
    pub fn begin_call_tree(key: &str) -> Self {
        Self::post_empty("/v1/watch/call-trees".to_owned(), key)
    }
}

impl Request<TestedReceiver> {
    /// `POST /v1/watch/receivers/test`.
    #[must_use]
    pub fn test_receiver(key: &str, body: &TestReceiver) -> Self {
        Self::post("/v1/watch/receivers/test".to_owned(), key, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_travels_whole() {
        let request = Request::watch_query("up{a=\"线\"} > 0", Some(1.5));
        assert_eq!(
            request.path(),
            "/v1/watch/query?query=up%7Ba%3D%22%E7%BA%BF%22%7D%20%3E%200&time=1.5"
        );
        let request = Request::watch_query_range("up", "2026-01-01T00:00:00+08:00", "1.5", "15s");
        assert_eq!(
            request.path(),
            "/v1/watch/query_range?query=up&start=2026-01-01T00%3A00%3A00%2B08%3A00&end=1%2E5&step=15s"
        );
    }
}
