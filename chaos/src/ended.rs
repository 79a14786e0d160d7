//! How a command ended: a documented exit code, or an error that is a failure of ours.

use base::exit;

/// The user's world made it impossible: a message and one of [`base::exit`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Expected {
    code: u8,
    message: String,
}

/// Ends the command with this code and message.
pub fn stop(code: u8, message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Expected {
        code,
        message: message.into(),
    })
}

/// The exit code of an error.
#[must_use]
pub fn code(error: &anyhow::Error) -> u8 {
    error
        .downcast_ref::<Expected>()
        .map_or(exit::FAILED, |expected| expected.code)
}
