//! How a command ended: a documented exit code, or an error that is a failure of ours.

use crate::exit;

/// The user's world made it impossible: a message and one of [`crate::exit`].
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

/// Ends the command with this code; the message names the error and what caused it.
pub fn because(code: u8, error: &dyn std::error::Error) -> anyhow::Error {
    stop(code, chain(error))
}

/// An error and what caused it, in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The exit code of an error.
#[must_use]
pub fn code(error: &anyhow::Error) -> u8 {
    error
        .downcast_ref::<Expected>()
        .map_or(exit::FAILED, |expected| expected.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expected_end_keeps_its_code_and_names_its_causes_and_anything_else_has_failed() {
        let cause = std::io::Error::other(std::fmt::Error);
        let ended = because(exit::REFUSED, &cause);
        assert_eq!(code(&ended), exit::REFUSED);
        assert_eq!(code(&ended.context("while at it")), exit::REFUSED);
        assert_eq!(code(&anyhow::anyhow!("a failure")), exit::FAILED);
        assert!(chain(&cause).contains(&std::fmt::Error.to_string()));
    }
}
