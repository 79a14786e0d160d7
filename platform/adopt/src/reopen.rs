//! Reopening a gate that no service of ours looks after: by two roles that sign in at the database.
//!
//! There are no accounts here, so the database's own roles stand for persons, and its trigger keeps to it, also for
//! SQL that is typed by hand: what one role proposed, another opens.

use base::clock::Clock;
use base::ids::Ids;
use db::{Db, Tx};
use evidence::Leaf;
use gate::{Agreed, Order, Scope, State};
use serde::Serialize;
use serde_json::json;

use crate::AdoptError;

/// A reopening that waits for another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// Its id.
    pub proposal: String,
    /// Of which new business.
    pub scope: String,
    /// The epoch of the closing that it is about.
    pub epoch: i64,
    /// The role that proposed it.
    pub proposer: String,
}

/// What two persons opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reopened {
    /// Of which new business.
    pub scope: String,
    /// The epoch of the reopening.
    pub epoch: i64,
    /// Who proposed it.
    pub proposer: String,
    /// Who agreed.
    pub approver: String,
}

/// Proposes to reopen a scope; it stays shut until another role agrees.
///
/// # Errors
/// [`AdoptError::Gate`] if it is not closed.
pub async fn propose(db: &Db, scope: &Scope, reason: &str, clock: &Clock) -> Result<Proposed, AdoptError> {
    let (scope, reason, at) = (scope.clone(), reason.to_owned(), clock.now_micros());
    let proposal = format!("pro_{}", Ids::system(clock.clone()).next().simple());
    db.write_first(move |tx| {
        Box::pin(async move {
            let proposer = person(tx).await?;
            let epoch = gate::status::status_in(tx, &scope).await?.epoch;
            let agreed = Agreed {
                proposal: proposal.clone(),
                epoch,
            };
            let stands = gate::ask_in(tx, &order(&proposer, &reason, at), &agreed).await?;
            let body = json!({ "epoch": epoch, "proposal": proposal });
            leave(tx, "intake.propose", &proposer, &stands.scope, at, body).await?;
            Ok(Proposed {
                proposal,
                scope: stands.scope.to_string(),
                epoch,
                proposer,
            })
        })
    })
    .await
}

/// Agrees to what another role proposed, and opens.
///
/// # Errors
/// [`AdoptError::Refused`] for a proposal that is not there or is one's own, [`AdoptError::Gate`] if it was closed
/// anew meanwhile; the database's refusal after an hour.
pub async fn agree(db: &Db, proposal: &str, reason: &str, clock: &Clock) -> Result<Reopened, AdoptError> {
    let (proposal, reason, at) = (proposal.to_owned(), reason.to_owned(), clock.now_micros());
    let opened = db.write_first(move |tx| Box::pin(async move { open(tx, &proposal, &reason, at).await }));
    let opened = opened.await?;
    // It is open; with the flag up new business only costs a little more.
    if let Err(error) = gate::foreign::lower(db).await {
        tracing::warn!(%error, "the guards' flag stays up");
    }
    Ok(opened)
}

async fn open(tx: &mut Tx, proposal: &str, reason: &str, at: i64) -> Result<Reopened, AdoptError> {
    let approver = person(tx).await?;
    let sql =
        "SELECT epoch, via FROM intake_history WHERE approval = $1 AND state = $2 ORDER BY number LIMIT 1";
    let asked = tx
        .one(sql, &[proposal.into(), State::Reopening.as_str().into()])
        .await?;
    let asked = asked.ok_or_else(|| AdoptError::Refused("there is no such proposal".to_owned()))?;
    let (epoch, proposer) = (asked.int(0)?, asked.text(1)?.to_owned());
    if proposer == approver {
        return Err(AdoptError::Refused(format!(
            "{proposer} proposed it: another person has to agree"
        )));
    }
    let agreed = Agreed {
        proposal: proposal.to_owned(),
        epoch,
    };
    let open = gate::reopen_in(tx, &order(&approver, reason, at), &agreed).await?;
    let body = json!({
        "closed_epoch": epoch, "epoch": open.epoch, "proposal": proposal, "proposer": proposer,
    });
    leave(tx, "intake.reopen", &approver, &open.scope, at, body).await?;
    Ok(Reopened {
        scope: open.scope.to_string(),
        epoch: open.epoch,
        proposer,
        approver,
    })
}

/// Who signed in.
async fn person(tx: &mut Tx) -> Result<String, AdoptError> {
    let row = tx.one("SELECT session_user::text", &[]).await?;
    let row = row.ok_or(AdoptError::Db(db::DbError::Timeout))?;
    Ok(row.text(0)?.to_owned())
}

fn order(actor: &str, reason: &str, at: i64) -> Order {
    Order {
        actor: actor.to_owned(),
        reason: reason.to_owned(),
        incident: None,
        at,
        grace: Order::GRACE,
    }
}

async fn leave(
    tx: &mut Tx,
    act: &str,
    actor: &str,
    scope: &Scope,
    at: i64,
    body: serde_json::Value,
) -> Result<(), AdoptError> {
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act,
        actor,
        subject: &scope.to_string(),
        at,
        body,
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}
