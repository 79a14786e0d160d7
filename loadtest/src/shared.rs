//! What all customers of a run share.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use base::shutdown::Shutdown;

use crate::firms::Firms;
use crate::pool::Pool;
use crate::recorder::Recorder;
use crate::tokens::Clients;

/// Shared by all customers.
pub struct Shared {
    /// One client per bearer.
    pub clients: Clients,
    /// Journal and figures.
    pub recorder: Recorder,
    /// Loans that nobody works on just now.
    pub pool: Pool,
    /// Firms that have not registered yet.
    pub firms: Firms,
    /// Set off when the run is to end.
    pub stop: Shutdown,
    /// How long one request is repeated while the service is away.
    pub patience: Duration,
    /// How long a request whose outcome is open is repeated after the stop.
    pub drain: Duration,
    /// The seed of every customer's choices.
    pub seed: u64,
    /// Customers so far.
    pub customers: AtomicU64,
}

impl Shared {
    /// The number of the next customer.
    #[must_use]
    pub fn next_customer(&self) -> u64 {
        self.customers.fetch_add(1, Relaxed)
    }
}
