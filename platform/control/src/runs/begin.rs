//! A run begins.

use base::problem::Code;
use client::runs::{BeginRun, Run};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::rows;
use crate::drills::Call;
use crate::{Refusal, names};

/// How far another machine's clock may be ahead of this one's, in microseconds: what is further ahead is no time at
/// which anything began.
const AHEAD: i64 = 300_000_000;

/// Puts a run on record under the id that it has; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `forbidden` for who tells of somebody else's run; `already-exists` of another run of that id;
/// `idempotency-key-reused`; the database's refusal.
pub async fn begin(db: &Db, call: Call, asked: BeginRun) -> Result<(Run, bool), Refusal> {
    names::run("id", &asked.id)?;
    names::name("page", &asked.page)?;
    names::sha256("plan_sha256", &asked.plan_sha256)?;
    names::sha256("bound_sha256", &asked.bound_sha256)?;
    if let Some(offline) = &asked.offline {
        names::name("offline.reason", &offline.reason)?;
        if !(0..=call.now.saturating_add(AHEAD)).contains(&offline.begun_at) {
            return Err(Refusal::field(
                "offline.begun_at",
                "when it began: no time to come",
            ));
        }
        if offline.by != *call.principal.name {
            let detail = "a run that began offline is told of by whoever began it";
            return Err(Refusal::with(Code::Forbidden, detail));
        }
    }
    db.write(move |tx| Box::pin(async move { put(tx, &call, &asked).await }))
        .await
}

async fn put(tx: &mut Tx, call: &Call, asked: &BeginRun) -> Result<(Run, bool), Refusal> {
    let by = &*call.principal.name;
    let (id, key) = (asked.id.as_str(), call.key.as_str());
    let offline = asked.offline.as_ref();
    let fresh = tx
        .exec(
            "INSERT INTO runs (id, page, plan_sha256, bound_sha256, begun_at, begun_by, begin_key, offline_reason, \
             offline_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
            &[
                id.into(),
                asked.page.as_str().into(),
                asked.plan_sha256.as_str().into(),
                asked.bound_sha256.as_str().into(),
                call.now.into(),
                by.into(),
                key.into(),
                offline.map(|offline| offline.reason.as_str()).into(),
                offline.map(|offline| offline.begun_at).into(),
            ],
        )
        .await?;
    if fresh == 0 {
        return again(tx, call, asked).await;
    }
    let leaf = Leaf {
        origin: CONTROL,
        act: "runbook.begin",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({
            "page": asked.page,
            "plan_sha256": asked.plan_sha256,
            "bound_sha256": asked.bound_sha256,
            "offline_reason": offline.map(|offline| &offline.reason),
            "offline_at": offline.map(|offline| offline.begun_at),
        }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, id).await?, false))
}

/// The same run is answered again, whatever became of it.
async fn again(tx: &mut Tx, call: &Call, asked: &BeginRun) -> Result<(Run, bool), Refusal> {
    let sql = "SELECT id FROM runs WHERE begun_by = $1 AND begin_key = $2";
    let values = [(&*call.principal.name).into(), call.key.as_str().into()];
    let Some(known) = tx.one(sql, &values).await? else {
        return Err(Refusal::with(
            Code::AlreadyExists,
            "there is another run of that id",
        ));
    };
    let run = rows::read(tx, known.text(0)?).await?;
    let told = (
        &run.id,
        &run.page,
        &run.plan_sha256,
        &run.bound_sha256,
        &run.offline,
    );
    let same = told
        == (
            &asked.id,
            &asked.page,
            &asked.plan_sha256,
            &asked.bound_sha256,
            &asked.offline,
        );
    match same {
        true => Ok((run, true)),
        false => Err(Refusal::plain(Code::IdempotencyKeyReused)),
    }
}
