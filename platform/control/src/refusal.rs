//! Why a use case did not do what was asked.

use base::problem::{Code, Refused};
use db::{ConstraintKind, DbError};

/// A refusal, ready to become problem details.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.as_str(), detail.as_deref().unwrap_or(code.title()))]
pub struct Refusal {
    code: Code,
    detail: Option<String>,
    field: Option<&'static str>,
}

impl Refusal {
    /// A refusal that its code explains.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            detail: None,
            field: None,
        }
    }

    /// A refusal with what to mend.
    #[must_use]
    pub fn with(code: Code, detail: &str) -> Self {
        Self {
            code,
            detail: Some(detail.to_owned()),
            field: None,
        }
    }

    /// A bad field; the text says what it should be, and never repeats the value.
    #[must_use]
    pub fn field(field: &'static str, mend: &str) -> Self {
        Self {
            code: Code::InvalidField,
            detail: Some(mend.to_owned()),
            field: Some(field),
        }
    }
}

impl Refused for Refusal {
    fn into_parts(self) -> (Code, Option<String>, Option<&'static str>) {
        (self.code, self.detail, self.field)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        let code = match &error {
            DbError::Overloaded => Code::Overloaded,
            DbError::Unavailable(_) => Code::Unavailable,
            DbError::Ambiguous(_) => Code::Ambiguous,
            DbError::Timeout => Code::Timeout,
            DbError::Constraint {
                kind: ConstraintKind::Unique,
                ..
            } => Code::AlreadyExists,
            _ => {
                tracing::error!(%error, "internal error");
                Code::Internal
            }
        };
        Self::plain(code)
    }
}
