//! A test copy, made ready for a proof and tidied up after it.

use db::Db;
use gate::{Closing, Order, State};

use crate::rehearsed::{REASON, reopen};
use crate::standing::TWO_PERSONS;
use crate::statement::{Fresh, Statement};
use crate::{AdoptError, migrations};

/// Sees that intake is open, or left shut by a proof; makes the table of the clients' ids, and goes without the second
/// person for as long as it takes.
pub(crate) async fn begin(gate: &Db) -> Result<(), AdoptError> {
    let there = gate
        .read(|tx| Box::pin(async move { migrations::installed(tx).await }))
        .await?;
    if !there {
        return Err(AdoptError::Refused(
            "nothing is installed in this database".to_owned(),
        ));
    }
    let others = |one: &gate::Status| one.state != State::Open && !is_ours(one);
    if let Some(found) = gate::scopes(gate).await?.into_iter().find(others) {
        return Err(AdoptError::Refused(format!(
            "intake ({}) is {}, and a proof reopens only what it closed itself",
            found.scope, found.state
        )));
    }
    let sql = format!(
        "DROP TABLE IF EXISTS intake_proof; CREATE TABLE intake_proof (id TEXT PRIMARY KEY, n BIGINT NOT NULL); \
         ALTER TABLE intake_gate DISABLE TRIGGER {TWO_PERSONS}"
    );
    gate.write(move |tx| Box::pin(async move { tx.batch(&sql).await }))
        .await?;
    Ok(())
}

/// What a proof that was cut off left shut is closed to its end, and reopened.
pub(crate) async fn finish(gate: &Db, order: impl Fn() -> Order) -> Result<(), AdoptError> {
    let shut = |one: &gate::Status| one.state != State::Open && is_ours(one);
    if gate::scopes(gate).await?.iter().any(shut) {
        let closed = gate::close(gate, order(), Closing::everything()).await?;
        reopen(gate, &order(), closed.epoch).await?;
    }
    Ok(())
}

fn is_ours(status: &gate::Status) -> bool {
    status.reason == REASON && status.scope == gate::Scope::everything()
}

/// From now on it takes two persons again.
pub(crate) async fn end(gate: &Db) -> Result<(), AdoptError> {
    let sql = format!("ALTER TABLE intake_gate ENABLE ALWAYS TRIGGER {TWO_PERSONS}");
    gate.write(move |tx| Box::pin(async move { tx.batch(&sql).await }))
        .await?;
    Ok(())
}

/// Takes back what was written, if that was said how; gives how many rows are left.
pub(crate) async fn clear(gate: &Db, theirs: &Db, undo: Option<Statement>) -> Result<u64, AdoptError> {
    let rows = gate
        .read(|tx| Box::pin(async move { tx.many("SELECT id, n FROM intake_proof", &[]).await }))
        .await?;
    let mut left = 0;
    for row in rows {
        let fresh = Fresh {
            id: row.text(0)?.to_owned(),
            n: row.int(1)?,
        };
        match undo.clone() {
            Some(undo) => {
                theirs
                    .write(move |tx| Box::pin(async move { undo.run(tx, &fresh).await }))
                    .await?;
            }
            None => left += 1,
        }
    }
    gate.write(|tx| Box::pin(async move { tx.batch("DROP TABLE intake_proof").await }))
        .await?;
    Ok(left)
}
