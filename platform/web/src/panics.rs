//! A panic in a handler is our bug: the client gets a problem without details,
//! the log gets the message, the process goes on.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::response::{IntoResponse, Response};
use base::problem::Code;
use futures::FutureExt;

use crate::problem::Failure;

/// The response, or the problem `internal` when making it panicked.
pub async fn caught(response: impl Future<Output = Response>) -> Response {
    // Nothing is shared with the broken future but what was built to be shared
    // between threads, so no half-made state is seen afterwards.
    match AssertUnwindSafe(response).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(message = message(panic.as_ref()), "a handler panicked");
            Failure::of(Code::Internal).into_response()
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_without_details() {
        let response = caught(async { panic!("secret {}", 1) }).await;
        assert_eq!(response.status(), 500);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}
