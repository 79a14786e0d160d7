//! Early payoff: everything that is owed, on actual days (民法典 677).

use domain::lane::Lane;

use crate::{Answer, Call, Refusal, World, repay};

/// Pays a loan off.
///
/// # Errors
/// An unknown or settled loan, or the database's refusal.
pub async fn pay_off<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    repay::book(world, call, id, None).await
}
