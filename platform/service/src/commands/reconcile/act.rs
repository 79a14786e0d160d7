//! What `financing reconcile --apply` does.

use base::exit;
use base::ids::Ids;
use db::Db;
use gate::{Closing, Order, Scope};
use recovery::Behind;

use crate::cli::because;

/// Marks the database, closes what was closed, revokes what was revoked.
pub(super) async fn act(db: &Db, ids: &Ids, order: &Order, found: &Behind, epoch: i64) -> anyhow::Result<()> {
    let failed = |what: &str, error: &dyn std::error::Error| because(exit::UNREACHABLE, what, error);
    let mark = Order {
        reason: found.summary(),
        ..order.clone()
    };
    gate::distrust(db, mark, epoch)
        .await
        .map_err(|error| failed("intake cannot be closed", &error))?;
    let everything = Scope::EVERYTHING;
    for lost in found.to_close().filter(|lost| lost.scope != everything) {
        let scope: Scope = lost
            .scope
            .parse()
            .map_err(|error| because(exit::USAGE, "a journal", &error))?;
        // The clause that was cited is in no journal, and it stood when the scope was closed.
        let clause = (scope.act == Some(gate::Act::Draw))
            .then(|| format!("as cited for the closing at epoch {}, which was lost", lost.epoch));
        let closing = Closing {
            scope,
            clause,
            until: None,
        };
        gate::close(db, order.clone(), closing)
            .await
            .map_err(|error| failed("a scope cannot be closed", &error))?;
    }
    for consent in &found.consents_live {
        lending::revoke_again(db, ids, order, consent)
            .await
            .map_err(|refusal| failed("a consent cannot be revoked", &refusal))?;
    }
    Ok(())
}
