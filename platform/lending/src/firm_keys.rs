//! A firm's keys, found by its id alone, and never asked for inside a transaction:
//! they may come from another database.

use base::problem::Code;
use domain::ids::FirmId;
use domain::lane::Lane;
use vault::{Keys, OpenError, VaultError};

use crate::{Refusal, World};

/// The keys of a firm that the database knows.
pub(crate) async fn of<L: Lane>(world: &World<L>, firm: &FirmId) -> Result<Keys, Refusal> {
    Ok(world.vault.keys(firm.uuid()).await?)
}

/// The keys of a firm that somebody names: nobody's id has none.
pub(crate) async fn named<L: Lane>(world: &World<L>, firm: &FirmId) -> Result<Keys, Refusal> {
    match world.vault.keys(firm.uuid()).await {
        Err(VaultError::NoSubject) => Err(no_such_firm()),
        found => Ok(found?),
    }
}

/// The keys of a firm whose id stands in a path: nobody's id is not found.
pub(crate) async fn of_some<L: Lane>(world: &World<L>, firm: &FirmId) -> Result<Keys, Refusal> {
    match world.vault.keys(firm.uuid()).await {
        Err(VaultError::NoSubject) => Err(Refusal::not_found("firm")),
        found => Ok(found?),
    }
}

/// What is said to who names no registered firm.
pub(crate) fn no_such_firm() -> Refusal {
    Refusal::field("firm_id", "an id of a registered firm")
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Destroyed => Self::plain(Code::Erased),
            OpenError::Stale => Self::plain(Code::Unavailable),
            other => Self::internal(&other),
        }
    }
}

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Stale => Self::plain(Code::Unavailable),
            VaultError::Store(error) => {
                tracing::warn!(%error, "the key store does not answer");
                Self::plain(Code::Unavailable)
            }
            // Data without its keys: another key store, or one that is older than the data.
            other => Self::internal(&other),
        }
    }
}
