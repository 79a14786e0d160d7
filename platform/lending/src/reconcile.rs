//! A database that lost later changes is brought to where it was, as far as records kept elsewhere tell.

use base::ids::Ids;
use db::Db;
use domain::ids::EffectId;
use domain::lane::{Lane, Live};
use gate::Order;
use serde_json::Value;
use store::audit::{self, Line};
use store::{consents, recovery};

use crate::Refusal;
use crate::revoke_consent::{Revocation, revoke_in};

/// The act, in the audit table and the evidence log.
const ACT: &str = "recovery.reconcile";
/// The role under which the audit table has what is ordered at the machine.
const ROLE: &str = "command-line";

/// Revokes a consent whose revocation was lost, with all that belongs to it. Doing it again changes nothing.
///
/// # Errors
/// The database's refusal.
pub async fn revoke_again(db: &Db, ids: &Ids, order: &Order, consent: &str) -> Result<(), Refusal> {
    let (order, consent) = (order.clone(), consent.to_owned());
    let effect = EffectId::from_uuid(ids.next());
    db.write(move |tx| {
        Box::pin(async move {
            let Some(found) = consents::find(tx, &consent).await? else {
                return Ok(());
            };
            if found.revoked_at.is_some() {
                return Ok(());
            }
            let by = Revocation {
                effect: effect.as_str(),
                lane: Live.name(),
                at: order.at,
            };
            revoke_in(tx, &consent, &found.firm_id, by).await?;
            let line = line(&order, "revoke_consent", &consent);
            audit::insert(tx, &line).await?;
            Ok(())
        })
    })
    .await
}

/// Believes the database again, now that these facts were dealt with; `counts` goes into the evidence log. Intake
/// stays closed. Tells whether it was marked.
///
/// # Errors
/// The database's refusal; then it stays marked.
pub async fn believe_again(
    db: &Db,
    order: &Order,
    facts: Vec<String>,
    counts: Value,
) -> Result<bool, Refusal> {
    let order = order.clone();
    db.write_first(move |tx| {
        Box::pin(async move {
            if !gate::believe_in(tx, &order).await? {
                return Ok(false);
            }
            let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
            recovery::settle(tx, &facts, order.at).await?;
            audit::insert(tx, &line(&order, ACT, SUBJECT)).await?;
            let leaf = evidence::Leaf {
                origin: evidence::FINANCING,
                act: ACT,
                actor: &order.actor,
                subject: SUBJECT,
                at: order.at,
                body: counts,
            };
            evidence::leave(tx, leaf).await?;
            Ok(true)
        })
    })
    .await
}

/// What is reconciled.
const SUBJECT: &str = "database";

fn line<'a>(order: &'a Order, act: &'a str, reference: &'a str) -> Line<'a> {
    Line {
        at: order.at,
        principal: &order.actor,
        role: ROLE,
        act,
        reference,
    }
}
