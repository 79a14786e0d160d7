//! A person says yes or no to a step of somebody else's run.

use base::problem::Code;
use client::runs::{JudgeRun, Run};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{held, rows};
use crate::drills::Call;
use crate::{Refusal, names};

/// A yes in the table.
pub(super) const YES: &str = "approve";
/// A no in the table.
const NO: &str = "deny";

/// Puts a person's word on record under a new id; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `not-found`; `same-person` for whoever began the run; `terms-differ` for another digest than was
/// asked about; `illegal-transition` when it has ended, is too late, or they said something else before; the
/// database's refusal.
pub async fn judge(
    db: &Db,
    call: Call,
    id: String,
    run: String,
    said: JudgeRun,
) -> Result<(Run, bool), Refusal> {
    names::step("step", &said.step)?;
    names::sha256("digest", &said.digest)?;
    db.write(move |tx| Box::pin(async move { put(tx, &call, &id, &run, &said).await }))
        .await
}

async fn put(tx: &mut Tx, call: &Call, id: &str, run: &str, said: &JudgeRun) -> Result<(Run, bool), Refusal> {
    let by = &*call.principal.name;
    let before = held(tx, run).await?;
    if before.begun_by == by {
        let detail = "nobody approves what they began: another person has to";
        return Err(Refusal::with(Code::SamePerson, detail));
    }
    let asked = before.approvals.iter().find(|asked| asked.step == said.step);
    let Some(asked) = asked else {
        return Err(Refusal::with(Code::NotFound, "nobody is asked about this step"));
    };
    if asked.digest != said.digest {
        let detail = "that is another digest than was asked about: look at what is to be approved again";
        return Err(Refusal::with(Code::TermsDiffer, detail));
    }
    if let Some(known) = asked.verdicts.iter().find(|known| known.by == by) {
        return match known.approves == said.approves {
            true => Ok((before, true)),
            false => Err(Refusal::with(
                Code::IllegalTransition,
                "they have said the opposite before",
            )),
        };
    }
    if before.end.is_some() {
        return Err(Refusal::with(Code::IllegalTransition, "the run has ended"));
    }
    if call.now >= asked.ends_at {
        return Err(Refusal::with(
            Code::IllegalTransition,
            "it is too late: the time to answer is over",
        ));
    }
    let verdict = if said.approves { YES } else { NO };
    tx.exec(
        "INSERT INTO run_verdicts (id, approval, person, verdict, at) \
         SELECT $1, id, $4, $5, $6 FROM run_approvals WHERE run = $2 AND step = $3",
        &[
            id.into(),
            run.into(),
            said.step.as_str().into(),
            by.into(),
            verdict.into(),
            call.now.into(),
        ],
    )
    .await?;
    let leaf = Leaf {
        origin: CONTROL,
        act: "runbook.judge",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({ "run": run, "step": said.step, "digest": said.digest, "verdict": verdict }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, run).await?, false))
}
