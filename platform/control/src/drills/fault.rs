//! A fault is announced, before it is injected: so it is on record even if it kills whoever tells of it.

use base::problem::Code;
use client::drills::{AnnounceFault, Drill};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{Call, rows};
use crate::{Refusal, names};

/// Faults of one drill: each answer lists them.
const FAULTS: usize = 1000;

/// Puts a fault on record under a new id; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `not-found`; `illegal-transition` of a drill that has ended;
/// `idempotency-key-reused`; the database's refusal.
pub async fn announce(
    db: &Db,
    call: Call,
    id: String,
    drill: String,
    asked: AnnounceFault,
) -> Result<(Drill, bool), Refusal> {
    names::name("fault", &asked.fault)?;
    names::name("target", &asked.target)?;
    db.write(move |tx| Box::pin(async move { put(tx, &call, &id, &drill, &asked).await }))
        .await
}

async fn put(
    tx: &mut Tx,
    call: &Call,
    id: &str,
    drill: &str,
    asked: &AnnounceFault,
) -> Result<(Drill, bool), Refusal> {
    let by = &*call.principal.name;
    // One announcement or end of a drill at a time: the others wait for its row.
    let held = tx
        .exec("UPDATE drills SET id = id WHERE id = $1", &[drill.into()])
        .await?;
    if held == 0 {
        return Err(Refusal::with(Code::NotFound, "no such drill"));
    }
    let before = rows::read(tx, drill).await?;
    let sql =
        "SELECT fault, target FROM drill_faults WHERE drill = $1 AND announced_by = $2 AND announce_key = $3";
    let key = call.key.as_str();
    if let Some(known) = tx.one(sql, &[drill.into(), by.into(), key.into()]).await? {
        if known.text(0)? != asked.fault || known.text(1)? != asked.target {
            return Err(Refusal::plain(Code::IdempotencyKeyReused));
        }
        return Ok((before, true));
    }
    if before.end.is_some() {
        return Err(Refusal::with(Code::IllegalTransition, "the drill has ended"));
    }
    if before.faults.len() >= FAULTS {
        return Err(Refusal::with(
            Code::IllegalTransition,
            "a drill has at most 1,000 faults",
        ));
    }
    tx.exec(
        "INSERT INTO drill_faults (id, drill, fault, target, announced_at, announced_by, announce_key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            id.into(),
            drill.into(),
            asked.fault.as_str().into(),
            asked.target.as_str().into(),
            call.now.into(),
            by.into(),
            key.into(),
        ],
    )
    .await?;
    let leaf = Leaf {
        origin: CONTROL,
        act: "fault.announce",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({ "drill": drill, "fault": asked.fault, "target": asked.target }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, drill).await?, false))
}
