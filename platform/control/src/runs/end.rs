//! A run ends.

use base::problem::Code;
use client::runs::{EndRun, Run};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{held, rows};
use crate::drills::Call;
use crate::{Refusal, names};

/// Puts the end of a run on record, once; answers whether it was there before. Whoever may lead may tell of it: a run is
/// resumed by whoever is there.
///
/// # Errors
/// `invalid-field`; `not-found`; `illegal-transition` of a run that has ended otherwise; the database's refusal.
pub async fn end(db: &Db, call: Call, run: String, asked: EndRun) -> Result<(Run, bool), Refusal> {
    names::run_outcome(&asked.outcome)?;
    db.write(move |tx| Box::pin(async move { put(tx, &call, &run, &asked).await }))
        .await
}

async fn put(tx: &mut Tx, call: &Call, id: &str, asked: &EndRun) -> Result<(Run, bool), Refusal> {
    let by = &*call.principal.name;
    let before = held(tx, id).await?;
    if let Some(end) = &before.end {
        return match end.outcome == asked.outcome {
            true => Ok((before, true)),
            false => Err(Refusal::with(
                Code::IllegalTransition,
                "the run has ended otherwise",
            )),
        };
    }
    tx.exec(
        "UPDATE runs SET ended_at = $2, ended_by = $3, end_key = $4, outcome = $5 WHERE id = $1",
        &[
            id.into(),
            call.now.into(),
            by.into(),
            call.key.as_str().into(),
            asked.outcome.as_str().into(),
        ],
    )
    .await?;
    let leaf = Leaf {
        origin: CONTROL,
        act: "runbook.end",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({ "outcome": asked.outcome }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, id).await?, false))
}
