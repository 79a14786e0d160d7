//! The life of an offer.

use crate::lifecycle::lifecycle;

lifecycle! {
    "offer"
    /// Where an offer stands.
    states OfferState {
        /// May be accepted.
        Open = "open",
        /// Taken by the customer.
        Accepted = "accepted",
        /// Ran out.
        Expired = "expired",
        /// Taken back by the bank or given up by the customer.
        Withdrawn = "withdrawn",
    }
    /// What happens to an offer.
    events OfferEvent {
        /// The customer takes it.
        Accept = "accept",
        /// Time runs out.
        Expire = "expire",
        /// It is taken back.
        Withdraw = "withdraw",
    }
    transitions {
        Open + Accept => Accepted,
        Open + Expire => Expired,
        Open + Withdraw => Withdrawn,
    }
}
