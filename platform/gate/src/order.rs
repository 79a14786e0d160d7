//! What an operator orders.

use std::time::Duration;

use crate::{Act, GateError, Scope};

/// The guard looks through all scopes that were ever closed: so many take a few microseconds.
pub(crate) const SCOPES: usize = 64;

/// What an order closes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closing {
    /// Which new business; everything, unless given.
    pub scope: Scope,
    /// The clause of the contract by which draws under signed contracts may be held back.
    pub clause: Option<String>,
    /// Until when, as far as is known, in microseconds since the Unix epoch. Nothing opens by itself then.
    pub until: Option<i64>,
}

/// Whether a text may be cited as a clause: 1–100 characters on one line.
#[must_use]
pub fn is_clause(text: &str) -> bool {
    (1..=100).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
}

impl Closing {
    /// All new business, until further notice.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    pub(crate) fn check(&self, at: i64) -> Result<(), GateError> {
        if self.scope.act == Some(Act::Draw) && self.clause.is_none() {
            return Err(GateError::Incomplete(
                "clause: draws under signed contracts are held back by right of the contract only",
            ));
        }
        if self.clause.as_ref().is_some_and(|clause| !is_clause(clause)) {
            return Err(GateError::Unfit("a clause has 1–100 characters, on one line"));
        }
        if self.clause.is_some() && !self.scope.covers_draws() {
            return Err(GateError::Unfit(
                "a clause is cited for draws, and this scope has none",
            ));
        }
        if self.until.is_some_and(|until| until <= at) {
            return Err(GateError::Unfit("until: that time is over"));
        }
        Ok(())
    }
}

/// To close, or a step of reopening, by one person, for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The account that orders it.
    pub actor: String,
    /// Why, in the operator's words; shown to other operators.
    pub reason: String,
    /// The incident that it belongs to, if there is one already.
    pub incident: Option<String>,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// How long transactions in flight may take to finish before they are ended
    /// (PostgreSQL). [`Order::GRACE`] is the rule.
    pub grace: Duration,
}

impl Order {
    /// One second: an intake transaction takes milliseconds, so whatever is still
    /// there after it is stuck, and nobody waits longer for a closed door.
    pub const GRACE: Duration = Duration::from_secs(1);

    /// The longest grace: half of what the database layer gives a silent server.
    pub const LONGEST_GRACE: Duration = Duration::from_secs(30);

    pub(crate) fn check(&self) -> Result<(), GateError> {
        if self.actor.trim().is_empty() {
            return Err(GateError::Incomplete("actor"));
        }
        if self.reason.trim().is_empty() {
            return Err(GateError::Incomplete("reason"));
        }
        if self.grace > Self::LONGEST_GRACE {
            return Err(GateError::GraceTooLong);
        }
        Ok(())
    }
}
