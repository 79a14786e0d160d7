//! Why a saga did not go on.

use crate::store::StoreError;
use crate::transition::Illegal;

/// Why a call did not do what was asked. No variant holds an output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SagaError {
    /// The store: held by another, lost, not there, too long, or the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was begun with another plan, and is not read under this one.
    #[error("it was begun with plan {bound}, not {given}")]
    OtherPlan {
        /// The digest that it is bound to.
        bound: String,
        /// That of the plan that was given.
        given: String,
    },
    /// The journal was changed by somebody else than its runners.
    #[error("entry {seq} of the journal does not follow from those before it")]
    Corrupt {
        /// The number of the first that is wrong.
        seq: i64,
    },
    /// An answer to a question that is no longer open.
    #[error("it has gone on since that question was asked: look again")]
    Stale,
    /// What was wanted is not possible in this state.
    #[error("not now: {0}")]
    Illegal(#[from] Illegal),
    /// The lease ran out before the effect could begin, which therefore did not. Run it again.
    #[error("the lease ran out before the step began: it has been too slow")]
    TooSlow,
}
