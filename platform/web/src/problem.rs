//! The error body of every route: RFC 9457 problem details with stable codes.
//!
//! Use cases refuse with what is [`Refused`]; extractors and layers with a
//! [`Failure`]. Both leave the process here, and only here.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::problem::{Code, Refused};
use client::problem::Problem;

/// A request that failed, as the client will read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: Code,
    detail: Option<String>,
    field: Option<String>,
}

impl Failure {
    /// A failure that its code explains.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self {
            code,
            detail: None,
            field: None,
        }
    }

    /// Says what to mend; must not hold customer data.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The body.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("urn:backstop:problem:{}", self.code.as_str()),
            code: self.code.as_str().to_owned(),
            title: self.code.title().to_owned(),
            title_zh: self.code.title_zh().to_owned(),
            status: self.code.status(),
            detail: self.detail.clone(),
            field: self.field.clone(),
        }
    }
}

impl<R: Refused> From<R> for Failure {
    fn from(refusal: R) -> Self {
        let (code, mut detail, field) = refusal.into_parts();
        if code == Code::Internal {
            // What broke inside is for the log, not for the caller.
            tracing::error!(
                detail = detail.as_deref().unwrap_or("none"),
                "a use case failed inside"
            );
            detail = None;
        }
        Self {
            code,
            detail,
            field: field.map(str::to_owned),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.code.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // The layer outside logs and counts by code without parsing the body.
        response.extensions_mut().insert(self.code);
        response
    }
}
