//! No request holds its place for ever.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use base::problem::Code;

use crate::problem::Failure;

/// The response, or the problem `timeout`. A write that is given up here may
/// still commit: the answer says that the outcome is unknown, and the same key
/// finds out.
pub async fn within(time: Duration, response: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(time, response)
        .await
        .unwrap_or_else(|_| Failure::of(Code::Timeout).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_a_timeout() {
        let response = within(Duration::from_secs(1), std::future::pending()).await;
        assert_eq!(response.status(), 504);
    }
}
