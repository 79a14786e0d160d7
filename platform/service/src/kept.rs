//! The recovery journal as the use cases see it: a revocation is answered, and a payment instruction leaves, once its
//! line is on disk.

use std::sync::Arc;

use domain::ids::{ConsentId, DrawId};
use lending::{Keeping, NotKept, Outside};
use recovery::{Fact, Keeper, Revoked, Sent};

/// A keeper, where facts are handed in.
pub(crate) struct Kept(pub(crate) Arc<Keeper>);

impl Kept {
    fn keep(&self, fact: Fact) -> Keeping<'_> {
        Box::pin(async move {
            self.0
                .keep(fact)
                .await
                .map_err(|error| NotKept(error.to_string()))
        })
    }
}

impl Outside for Kept {
    fn revoked(&self, revoked: ConsentId, at: i64) -> Keeping<'_> {
        self.keep(Fact::Revoked(Revoked { revoked, at }))
    }

    fn sent(&self, sent: DrawId, at: i64) -> Keeping<'_> {
        self.keep(Fact::Sent(Sent { sent, at }))
    }
}
