//! What the API refuses, in Toxiproxy's words: clients match on them.

use std::io;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// `{"error", "status"}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    status: u16,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: status.as_u16(),
        }
    }

    pub(crate) fn bad_body(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("bad request body: {why}"))
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            format!("missing required field: {field}"),
        )
    }

    pub(crate) fn stream() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "stream was invalid, can be either upstream or downstream",
        )
    }

    pub(crate) fn kind() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid toxic type")
    }

    pub(crate) fn proxy_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "proxy not found")
    }

    pub(crate) fn toxic_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "toxic not found")
    }

    pub(crate) fn proxy_exists() -> Self {
        Self::new(StatusCode::CONFLICT, "proxy already exists")
    }

    pub(crate) fn toxic_exists() -> Self {
        Self::new(StatusCode::CONFLICT, "toxic already exists")
    }

    /// Ours: Toxiproxy has no such bounds.
    pub(crate) fn too_many(what: &str, most: usize) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            format!("there are {most} {what} already"),
        )
    }

    /// Ours: Toxiproxy listens wherever it is told to.
    pub(crate) fn beyond_loopback(listen: &str) -> Self {
        let message =
            format!("{listen} is not on loopback: the proxy was started without --allow-nonloopback");
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn listen(error: &io::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("listen tcp: {error}"))
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn body(&self) -> serde_json::Value {
        serde_json::json!({ "error": self.message, "status": self.status })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = format!("{}\n", self.body());
        (self.status(), [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
