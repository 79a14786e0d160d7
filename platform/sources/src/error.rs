//! What can go wrong with a call to the outside. No error carries a body, a
//! URL or a header: all of them may hold customer data.

/// Why an outside system gave no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// No connection; nothing was sent.
    #[error("no connection")]
    Unreachable,
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer")]
    Disconnected,
    /// An answer with a status that is none of the expected ones.
    #[error("answered with status {0}")]
    Broken(u16),
    /// Not asked: it failed too often just now.
    #[error("not asked, the circuit breaker is open")]
    Open,
    /// Not asked: as many calls as it may have are under way and waiting.
    #[error("not asked, the bulkhead is full")]
    Full,
    /// An answer that can't be used.
    #[error("an unusable answer: {0}")]
    BadAnswer(Unusable),
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Larger than the settings allow.
    #[error("too large")]
    TooLarge,
    /// Not a JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// An object without the fields that it must have, or about something else.
    #[error("not the fields that were asked for")]
    Unexpected,
}

impl SourceError {
    /// Whether the other side may have acted on the call all the same. False
    /// only where nothing was sent: then, and only then, a payment that ended
    /// so surely did not happen.
    #[must_use]
    pub fn may_have_acted(self) -> bool {
        !matches!(self, Self::Unreachable | Self::Open | Self::Full)
    }

    /// Whether another attempt is worth while at once. A timeout is not: it
    /// has used up the caller's patience, and a repeat doubles the load on a
    /// system that is slow already. Neither is a bad answer or a plain 500.
    #[must_use]
    pub fn passes_quickly(self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Disconnected | Self::Broken(429 | 502 | 503 | 504)
        )
    }

    /// Whether it tells that the other side is unwell. A 4xx answer other
    /// than 408 and 429 is an answer; being turned away here says nothing new.
    #[must_use]
    pub(crate) fn tells_against(self) -> bool {
        match self {
            Self::Broken(status) => status >= 500 || status == 408 || status == 429,
            Self::Open | Self::Full => false,
            _ => true,
        }
    }
}

/// Why a connector can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address is not an HTTP URL.
    #[error("the address of the outside systems must be an HTTP URL such as http://127.0.0.1:7100")]
    BadUrl,
    /// Plain HTTP to another machine.
    #[error("customer data would leave this machine in the clear: plain HTTP is for loopback only")]
    InTheClear,
    /// The settings of a source make no sense.
    #[error("the settings of {source_name}: {what}")]
    Settings {
        /// The source.
        source_name: &'static str,
        /// What is wrong with them.
        what: &'static str,
    },
    /// The HTTP client can't start.
    #[error("failed to set up the HTTP client")]
    Http(#[from] reqwest::Error),
}
