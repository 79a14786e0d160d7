//! What must outlive a restore of the database, and is kept outside of it before anybody acts on it.

use std::future::Future;
use std::pin::Pin;

use domain::ids::{ConsentId, DrawId};

/// It is not known to be kept; trying again is right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);

/// Whether it is kept, as soon as that is known.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<(), NotKept>> + Send + 'a>>;

/// Where it is kept. A fact is handed in after its transaction has committed; handing it in again changes nothing.
pub trait Outside: Send + Sync {
    /// A consent was revoked, at that time in microseconds.
    fn revoked(&self, consent: ConsentId, at: i64) -> Keeping<'_>;

    /// A draw's payment instruction is about to leave; it was marked as sent at that time in microseconds.
    fn sent(&self, draw: DrawId, at: i64) -> Keeping<'_>;
}
