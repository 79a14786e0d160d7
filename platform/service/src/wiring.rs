//! Puts a world together from its parts.

use std::sync::Arc;

use base::clock::Clock;
use base::ids::Ids;
use db::Db;
use decision::policy::Policy;
use domain::calendar::Calendar;
use domain::lane::Live;
use lending::{ANSWERS_KEPT, World};
use sources::{CoreBanking, Notices, Settings, SetupError, Sources};
use tokio::sync::Notify;
use vault::Vault;

/// What differs between a service and a test of it.
pub struct Parts {
    /// The live database, its schema up to date.
    pub db: Db,
    /// Hands out the keys that seal customer data.
    pub vault: Vault,
    /// Base URL of the outside sources, the core bank and the notifier.
    pub sources: String,
    /// The time.
    pub clock: Clock,
    /// Identifiers.
    pub ids: Ids,
}

/// The live world.
///
/// # Errors
/// When the sources' address is not one.
pub fn live(parts: Parts) -> Result<World<Live>, SetupError> {
    let Parts {
        db,
        vault,
        sources,
        clock,
        ids,
    } = parts;
    Ok(World {
        db,
        vault,
        sources: Arc::new(Sources::new(&sources, Settings::default())?),
        core: Arc::new(CoreBanking::new(&sources)?),
        notices: Some(Arc::new(Notices::new(&sources)?)),
        clock,
        ids,
        calendar: Arc::new(Calendar::shipped()),
        policy: Arc::new(Policy::shipped()),
        answers_kept: ANSWERS_KEPT,
        wake: Arc::new(Notify::new()),
        outside: None,
        lane: Live,
    })
}
