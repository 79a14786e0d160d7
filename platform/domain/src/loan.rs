//! The life of a loan.

use crate::lifecycle::lifecycle;

lifecycle! {
    "loan"
    /// Where a loan stands.
    states LoanState {
        /// Runs, with nothing overdue.
        Active = "active",
        /// Something that fell due is unpaid.
        Overdue = "overdue",
        /// Nothing is owed.
        Settled = "settled",
    }
    /// What happens to a loan.
    events LoanEvent {
        /// A due instalment stays unpaid.
        FallOverdue = "fall_overdue",
        /// Everything overdue is paid.
        CatchUp = "catch_up",
        /// Everything is paid.
        Settle = "settle",
        /// The repayment that settled it is reversed.
        Reopen = "reopen",
    }
    transitions {
        Active + FallOverdue => Overdue,
        Active + Settle => Settled,
        Overdue + CatchUp => Active,
        Overdue + Settle => Settled,
        Settled + Reopen => Active,
    }
}
