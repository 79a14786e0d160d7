//! What can go wrong with a call, told apart by how much is known.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::problem::Problem;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not an address.
    #[error("the address is not an http or https URL")]
    BadUrl,
    /// Not a token; it is not repeated here.
    #[error("the token holds characters that a header can't")]
    BadToken,
    /// The HTTP library can't start.
    #[error("failed to set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// Why a call gave no yes.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The service said no, in its own words.
    #[error("refused with {} {}{}", .problem.status, .problem.code, detail(.problem))]
    Refused {
        /// What it said.
        problem: Box<Problem>,
        /// When a retry may make sense.
        retry_after: Option<Duration>,
    },
    /// An answer other than yes, without the service's words: a proxy's page, or a bug.
    #[error("failed with status {status}")]
    Failed {
        /// HTTP status.
        status: u16,
    },
    /// The request may have left and no answer was understood: it may have
    /// been done or not. Repeating the same [`Request`](super::Request) settles it.
    #[error("outcome unknown: {reason}")]
    Ambiguous {
        /// What was seen.
        reason: String,
    },
    /// Nothing left this process.
    #[error("not sent: {reason}")]
    NotSent {
        /// What was seen.
        reason: String,
    },
}

fn detail(problem: &Problem) -> String {
    let field = problem.field.as_ref().map(|field| format!(" (field {field})"));
    let detail = problem.detail.as_ref().map(|detail| format!(": {detail}"));
    field.into_iter().chain(detail).collect()
}

impl CallError {
    /// The problem's stable code, where the service gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } => Some(&problem.code),
            _ => None,
        }
    }

    /// The HTTP status, where there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { problem, .. } => Some(problem.status),
            Self::Failed { status } => Some(*status),
            Self::Ambiguous { .. } | Self::NotSent { .. } => None,
        }
    }

    /// Whether the write may have been done although nobody said so: no
    /// answer, or one that doesn't know itself (500 and the gateway's 502 and
    /// 504; 503 is said before anything starts).
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Ambiguous { .. } => true,
            Self::NotSent { .. } => false,
            Self::Refused { .. } | Self::Failed { .. } => {
                self.status().is_some_and(|status| status >= 500 && status != 503)
            }
        }
    }

    pub(crate) fn of(error: &reqwest::Error) -> Self {
        let reason = innermost(error);
        // A connection that was never made carried nothing. Everything later,
        // a reset on a pooled connection included, may have carried the request.
        if error.is_connect() || error.is_builder() {
            Self::NotSent { reason }
        } else {
            Self::Ambiguous { reason }
        }
    }

    pub(crate) fn answered(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            // The status line is what was answered; the body may only agree.
            Ok(problem) if problem.status == status => Self::Refused {
                problem: Box::new(problem),
                retry_after,
            },
            _ => Self::Failed { status },
        }
    }
}

/// The last cause in the chain: "connection refused" rather than "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_answer_is_more_than_a_failure(status in 300_u16..600, bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let error = CallError::answered(status, None, &bytes);
            prop_assert_eq!(error.status(), Some(status));
        }

        #[test]
        fn no_header_is_more_than_no_wait(bytes in prop::collection::vec(32_u8.., 0..40)) {
            let Ok(value) = reqwest::header::HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(retry_after(&headers), text.parse().ok().map(Duration::from_secs));
        }
    }
}
