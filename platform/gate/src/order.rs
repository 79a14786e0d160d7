//! What an operator orders.

use std::time::Duration;

use crate::GateError;

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
