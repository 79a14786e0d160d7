//! Why a round found nothing.

use crate::exposition::Broken;

/// What makes `up` zero.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// All of it takes longer than it may.
    #[error("it took longer than its timeout")]
    Timeout,
    /// No connection, no TLS, or an answer that breaks off.
    #[error("it could not be asked: {0}")]
    Http(String),
    /// An answer that is not 200; a redirect is one.
    #[error("it answered {0} and not 200")]
    Status(u16),
    /// An answer that is no exposition.
    #[error("its content type is none of an exposition")]
    ContentType,
    /// More bytes than [`crate::exposition::Bounds::body`].
    #[error("its answer is larger than its bound")]
    TooLarge,
    /// An answer that cannot be read.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The file of the bearer token.
    #[error("the file of its bearer token cannot be read, or holds none")]
    Token,
    /// The file of authorities.
    #[error("the file of its authorities cannot be read, or holds none")]
    Authorities,
    /// A look at this machine that hangs, at a file system for instance.
    #[error("the look before has not come back")]
    Busy,
}

/// What stands behind an error of the client, without the URL.
pub(crate) fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
