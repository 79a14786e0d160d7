//! What carries activities out, one file a provider.

mod http;
mod native;
mod process;
mod read;

pub(super) use native::{NAMES, injects};
pub(super) use read::Provider;

/// Why an activity failed; the experiment goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(pub(super) String);

impl From<lease::Error> for Failed {
    fn from(error: lease::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}
