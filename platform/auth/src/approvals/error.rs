//! Why a proposal did not move.

use db::DbError;

use super::standing::Standing;

/// A refusal; nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// No such act, or parameters that it does not take.
    #[error("the act or its parameters are not ones that can be proposed")]
    Act,
    /// No such proposal.
    #[error("there is no such proposal")]
    Unknown,
    /// A token or a machine's certificate asks.
    #[error("only a person who signed in can do this, not a service's token")]
    NotAPerson,
    /// The role has no part in this act.
    #[error("the role has no part in this act")]
    Role,
    /// The proposer approves, or somebody twice, or for a person who has approved.
    #[error("another person is needed")]
    SamePerson,
    /// Nobody named them deputy, or not for now.
    #[error("not a deputy of this person now")]
    NotDeputy,
    /// The digest is not that of what was proposed.
    #[error("the digest is not that of the proposal")]
    OtherDigest,
    /// It waits, was denied, has expired or was executed.
    #[error("the proposal is {0}")]
    Standing(Standing),
}
