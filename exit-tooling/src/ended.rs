//! How a command ended: a documented exit code, or an error that is a failure of ours.

use base::exit;

/// The user's world made it impossible: a message and one of [`base::exit`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Expected {
    code: u8,
    message: String,
}

/// Ends the command with this code and message.
pub(crate) fn stop(code: u8, message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Expected {
        code,
        message: message.into(),
    })
}

/// Ends the command with this code; the message names the error and what caused it.
pub(crate) fn because(code: u8, error: &dyn std::error::Error) -> anyhow::Error {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    stop(code, message)
}

/// The exit code of an error.
#[must_use]
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    error
        .downcast_ref::<Expected>()
        .map_or(exit::FAILED, |expected| expected.code)
}
