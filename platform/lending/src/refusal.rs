//! Why a use case did not do what was asked: the one place where the
//! database's words become a client's problem.

use base::problem::{Code, Refused};
use db::DbError;
use domain::application::Illegal;
use domain::ids::IdError;

/// A refusal, ready to become problem details. Never holds customer data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.as_str(), detail.as_deref().unwrap_or(code.title()))]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// What to mend.
    pub detail: Option<String>,
    /// The field that is wrong.
    pub field: Option<&'static str>,
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
    pub fn with(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
            field: None,
        }
    }

    /// A bad field; the text says what it should be, and never repeats the value.
    #[must_use]
    pub fn field(field: &'static str, mend: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidField,
            detail: Some(mend.into()),
            field: Some(field),
        }
    }

    /// Nothing there under that id.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::with(Code::NotFound, format!("no such {what}"))
    }

    /// A bug: logged in full here, told to nobody outside.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::plain(Code::Internal)
    }
}

impl Refused for Refusal {
    fn into_parts(self) -> (Code, Option<String>, Option<&'static str>) {
        (self.code, self.detail, self.field)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Raised { code, .. } if code == "intake_closed" => Self::plain(Code::IntakeClosed),
            DbError::Raised { code, .. } if code == "ledger_immutable" => Self::plain(Code::LedgerImmutable),
            DbError::Overloaded => Self::plain(Code::Overloaded),
            DbError::Unavailable(_) => Self::plain(Code::Unavailable),
            DbError::Ambiguous(_) => Self::plain(Code::Ambiguous),
            DbError::Timeout => Self::plain(Code::Timeout),
            DbError::Constraint {
                kind: db::ConstraintKind::Unique,
                ..
            } => Self::plain(Code::AlreadyExists),
            other => Self::internal(&other),
        }
    }
}

impl From<IdError> for Refusal {
    fn from(_: IdError) -> Self {
        Self::plain(Code::NotFound)
    }
}

impl From<Illegal> for Refusal {
    fn from(illegal: Illegal) -> Self {
        Self::with(Code::IllegalTransition, illegal.to_string())
    }
}
