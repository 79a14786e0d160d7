//! What accounts and approvals refuse, as a client reads it.

use auth::AccountError;
use auth::approvals::ApprovalError;
use base::problem::Code;

use crate::Refusal;

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => error.into(),
            AccountError::Unknown => Self::not_found("account"),
            AccountError::Exists => Self::plain(Code::AlreadyExists),
            AccountError::Already(_) => Self::with(Code::IllegalTransition, error.to_string()),
            AccountError::BadName | AccountError::Password(_) | AccountError::Secrets(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<ApprovalError> for Refusal {
    fn from(error: ApprovalError) -> Self {
        let code = match error {
            ApprovalError::Db(error) => return error.into(),
            ApprovalError::Act => return Self::field("parameters", error.to_string()),
            ApprovalError::Unknown => return Self::not_found("proposal"),
            ApprovalError::OtherDigest => return Self::field("digest", error.to_string()),
            ApprovalError::NotAPerson | ApprovalError::Role | ApprovalError::NotDeputy => Code::Forbidden,
            ApprovalError::SamePerson => Code::SamePerson,
            ApprovalError::Standing(_) => Code::NotApproved,
        };
        Self::with(code, error.to_string())
    }
}
