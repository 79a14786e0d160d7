//! The life of a draw: money moves in two phases.

use crate::lifecycle::lifecycle;

lifecycle! {
    "draw"
    /// Where a draw stands.
    states DrawState {
        /// Recorded; nothing has left the bank.
        Requested = "requested",
        /// The payment instruction has left: existing business, never gated from here on.
        Sent = "sent",
        /// Core banking paid; the loan runs.
        Paid = "paid",
        /// Nothing was paid.
        Failed = "failed",
    }
    /// What happens to a draw.
    events DrawEvent {
        /// The payment instruction leaves.
        Send = "send",
        /// Core banking says that it paid.
        Pay = "pay",
        /// It is refused before it left, or core banking says that it did not pay.
        Fail = "fail",
    }
    transitions {
        Requested + Send => Sent,
        Requested + Fail => Failed,
        Sent + Pay => Paid,
        Sent + Fail => Failed,
    }
}
