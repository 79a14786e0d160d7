//! Why the gate did not move.

use db::DbError;

use crate::scope::NotAScope;
use crate::state::UnknownState;
use crate::{Scope, State, Terminated};

/// None of these acknowledges anything. After a failed close, intake is either
/// refused already (`closing`) or the order had no effect; closing again is
/// always right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The database refused or can't be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An order without this part.
    #[error("an order needs its {0}")]
    Incomplete(&'static str),
    /// A grace of more than [`Order::LONGEST_GRACE`](crate::Order::LONGEST_GRACE).
    #[error("a grace of more than 30 seconds is no grace")]
    GraceTooLong,
    /// An order that does not go together.
    #[error("{0}")]
    Unfit(&'static str),
    /// More scopes than the guard is to look through for every insert.
    #[error(
        "{} scopes were closed once, which is the most: close a wider one",
        crate::order::SCOPES
    )]
    TooManyScopes,
    /// The gate's row is gone. Intake is refused, as nothing says `open`.
    #[error("the intake gate has no row for scope {scope}", scope = crate::Scope::EVERYTHING)]
    NoRow,
    /// The gate's row holds a state that this build doesn't know.
    #[error(transparent)]
    UnknownState(#[from] UnknownState),
    /// No scope, or one that this build doesn't know.
    #[error(transparent)]
    NotAScope(#[from] NotAScope),
    /// The gate is not where several persons agreed that it was; nothing changed.
    #[error("intake ({scope}) is {state} at epoch {epoch}: that is not what was agreed on")]
    Elsewhere {
        /// Of which new business.
        scope: Scope,
        /// How it stands.
        state: State,
        /// Its epoch.
        epoch: i64,
    },
    /// No payment doubt has this id.
    #[error("there is no such payment doubt")]
    NoDoubt,
    /// It was written down already what was found.
    #[error("it was settled before")]
    Settled,
    /// The database lost later changes; nothing opens until they are reconciled.
    #[error(
        "the database was restored or promoted without its latest changes: run `financing reconcile` \
         with the recovery journals first"
    )]
    Unverified,
    /// Transactions that were told to end are still there, or hold a lock
    /// without a session (prepared transactions: `pg_prepared_xacts`). Intake is
    /// refused, but they may yet commit, so nothing is acknowledged.
    #[error("transactions in flight did not end; {} were terminated", ended.len())]
    StillHeld {
        /// Those that were told to end so far.
        ended: Vec<Terminated>,
    },
}
