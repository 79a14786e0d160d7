//! What a use case needs, bundled per lane.

use std::sync::Arc;

use base::clock::Clock;
use base::ids::Ids;
use db::Db;
use decision::policy::Policy;
use domain::calendar::Calendar;
use domain::lane::Lane;
use sources::{CoreBanking, Notices, Sources};
use tokio::sync::Notify;
use vault::Vault;

use crate::Outside;

/// Store, sources, clock and data of one lane. Use cases take `&World<L>`;
/// nothing turns one lane's world into the other's.
#[derive(Clone)]
pub struct World<L: Lane> {
    /// The lane's own database.
    pub db: Db,
    /// Hands out firms' keys, which seal and open customer data.
    pub vault: Vault,
    /// Outside data.
    pub sources: Arc<Sources>,
    /// Where money moves.
    pub core: Arc<CoreBanking>,
    /// Where notices go; without one they wait in the outbox.
    pub notices: Option<Arc<Notices>>,
    /// The time.
    pub clock: Clock,
    /// Identifiers.
    pub ids: Ids,
    /// Workdays.
    pub calendar: Arc<Calendar>,
    /// Decision tables and scorecard.
    pub policy: Arc<Policy>,
    /// How long a stored answer is replayed, in microseconds.
    pub answers_kept: i64,
    /// Wakes the outbox when a payment was promised.
    pub wake: Arc<Notify>,
    /// Where revocations and payment instructions are kept before they count, if anywhere.
    pub outside: Option<Arc<dyn Outside>>,
    /// The lane.
    pub lane: L,
}

/// A stored answer is replayed for a day: longer than any client retries, and
/// short enough to keep the table small.
pub const ANSWERS_KEPT: i64 = 24 * 3600 * 1_000_000;
