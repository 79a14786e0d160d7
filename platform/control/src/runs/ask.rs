//! Others are asked to approve a step.

use base::problem::Code;
use client::runs::{AskApproval, Run};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{held, rows};
use crate::drills::Call;
use crate::{Refusal, names};

/// As many as a page may ask for.
const PEOPLE: u32 = 5;
/// A week: who has not answered by then does not know any more what it was about.
const LONGEST: u32 = 7 * 86_400;
/// Approvals of one run: a page has no more steps.
const MOST: usize = 40;

/// Puts on record that they are asked, under a new id; answers whether it was there before. The first time counts.
///
/// # Errors
/// `invalid-field`; `not-found`; `illegal-transition` of a run that has ended, or of a step that was asked about
/// otherwise; the database's refusal.
pub async fn ask(
    db: &Db,
    call: Call,
    id: String,
    run: String,
    asked: AskApproval,
) -> Result<(Run, bool), Refusal> {
    names::step("step", &asked.step)?;
    names::sha256("digest", &asked.digest)?;
    if !(1..=PEOPLE).contains(&asked.people) {
        return Err(Refusal::field("people", "1 to 5"));
    }
    if !(1..=LONGEST).contains(&asked.seconds) {
        return Err(Refusal::field("seconds", "1 to 604800, which is a week"));
    }
    db.write(move |tx| Box::pin(async move { put(tx, &call, &id, &run, &asked).await }))
        .await
}

async fn put(
    tx: &mut Tx,
    call: &Call,
    id: &str,
    run: &str,
    asked: &AskApproval,
) -> Result<(Run, bool), Refusal> {
    let by = &*call.principal.name;
    let before = held(tx, run).await?;
    if let Some(known) = before.approvals.iter().find(|known| known.step == asked.step) {
        if known.digest != asked.digest || known.people != asked.people {
            let detail = "others were asked something else about this step";
            return Err(Refusal::with(Code::IllegalTransition, detail));
        }
        return Ok((before, true));
    }
    if before.end.is_some() {
        return Err(Refusal::with(Code::IllegalTransition, "the run has ended"));
    }
    if before.approvals.len() >= MOST {
        return Err(Refusal::with(
            Code::IllegalTransition,
            "a run asks 40 times at most",
        ));
    }
    let ends_at = call
        .now
        .saturating_add(i64::from(asked.seconds).saturating_mul(1_000_000));
    tx.exec(
        "INSERT INTO run_approvals (id, run, step, digest, people, opened_at, ends_at, opened_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            id.into(),
            run.into(),
            asked.step.as_str().into(),
            asked.digest.as_str().into(),
            i64::from(asked.people).into(),
            call.now.into(),
            ends_at.into(),
            by.into(),
        ],
    )
    .await?;
    let leaf = Leaf {
        origin: CONTROL,
        act: "runbook.ask",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({
            "run": run,
            "step": asked.step,
            "digest": asked.digest,
            "people": asked.people,
            "ends_at": ends_at,
        }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, run).await?, false))
}
