//! A drill ends.

use base::problem::Code;
use client::drills::{Drill, EndDrill};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{Call, rows};
use crate::{Refusal, names};

/// Puts the end of a drill on record, once; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `not-found`; `illegal-transition` of a drill that has ended; `idempotency-key-reused`;
/// the database's refusal.
pub async fn end(db: &Db, call: Call, drill: String, asked: EndDrill) -> Result<(Drill, bool), Refusal> {
    names::outcome(&asked.outcome)?;
    names::laws(&asked.laws)?;
    if let Some(sha256) = &asked.report_sha256 {
        names::sha256("report_sha256", sha256)?;
    }
    db.write(move |tx| Box::pin(async move { put(tx, &call, &drill, &asked).await }))
        .await
}

async fn put(tx: &mut Tx, call: &Call, id: &str, asked: &EndDrill) -> Result<(Drill, bool), Refusal> {
    let by = &*call.principal.name;
    let laws = rows::json(&asked.laws)?;
    let ended = tx
        .exec(
            "UPDATE drills SET ended_at = $2, ended_by = $3, end_key = $4, outcome = $5, laws = $6, \
             report_sha256 = $7 WHERE id = $1 AND ended_at IS NULL",
            &[
                id.into(),
                call.now.into(),
                by.into(),
                call.key.as_str().into(),
                asked.outcome.as_str().into(),
                laws.as_str().into(),
                asked.report_sha256.as_deref().into(),
            ],
        )
        .await?;
    if ended == 0 {
        return again(tx, call, id, asked).await;
    }
    let leaf = Leaf {
        origin: CONTROL,
        act: "drill.end",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({
            "laws": asked.laws,
            "outcome": asked.outcome,
            "report_sha256": asked.report_sha256,
        }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, id).await?, false))
}

/// The same request is answered again; another end of the same drill is refused.
async fn again(tx: &mut Tx, call: &Call, id: &str, asked: &EndDrill) -> Result<(Drill, bool), Refusal> {
    let drill = rows::read(tx, id).await?;
    let row = tx
        .one("SELECT end_key FROM drills WHERE id = $1", &[id.into()])
        .await?;
    let key = row.and_then(|row| row.opt_text(0).ok().flatten().map(str::to_owned));
    let known = drill
        .end
        .as_ref()
        .filter(|end| key.as_deref() == Some(call.key.as_str()) && end.ended_by == *call.principal.name);
    let Some(end) = known else {
        return Err(Refusal::with(
            Code::IllegalTransition,
            "the drill has ended already",
        ));
    };
    let same =
        end.outcome == asked.outcome && end.laws == asked.laws && end.report_sha256 == asked.report_sha256;
    match same {
        true => Ok((drill, true)),
        false => Err(Refusal::plain(Code::IdempotencyKeyReused)),
    }
}
