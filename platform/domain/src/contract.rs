//! The life of a contract.

use crate::lifecycle::lifecycle;

lifecycle! {
    "contract"
    /// Where a contract stands.
    states ContractState {
        /// In force: draws are possible up to its limit.
        Signed = "signed",
        /// Ended, with nothing owed under it.
        Closed = "closed",
    }
    /// What happens to a contract.
    events ContractEvent {
        /// It ends.
        Close = "close",
    }
    transitions {
        Signed + Close => Closed,
    }
}
