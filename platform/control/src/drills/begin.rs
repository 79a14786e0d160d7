//! A drill begins.

use base::problem::Code;
use client::drills::{BeginDrill, Drill};
use db::{Db, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde_json::json;

use super::{Call, rows};
use crate::{Refusal, names};

/// Puts a drill on record under a new id; answers whether it was there before.
///
/// # Errors
/// `invalid-field`; `idempotency-key-reused` for another drill under the same key; the database's refusal.
pub async fn begin(db: &Db, call: Call, id: String, asked: BeginDrill) -> Result<(Drill, bool), Refusal> {
    names::name("kind", &asked.kind)?;
    names::parameters(&asked.parameters)?;
    db.write(move |tx| Box::pin(async move { put(tx, &call, &id, &asked).await }))
        .await
}

async fn put(tx: &mut Tx, call: &Call, id: &str, asked: &BeginDrill) -> Result<(Drill, bool), Refusal> {
    let by = &*call.principal.name;
    let parameters = rows::json(&asked.parameters)?;
    let fresh = tx
        .exec(
            "INSERT INTO drills (id, kind, parameters, begun_at, begun_by, begin_key) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (begun_by, begin_key) DO NOTHING",
            &[
                id.into(),
                asked.kind.as_str().into(),
                parameters.as_str().into(),
                call.now.into(),
                by.into(),
                call.key.as_str().into(),
            ],
        )
        .await?;
    if fresh == 0 {
        let sql = "SELECT id FROM drills WHERE begun_by = $1 AND begin_key = $2";
        let row = tx.one(sql, &[by.into(), call.key.as_str().into()]).await?;
        let known = row.ok_or_else(|| Refusal::plain(Code::Unavailable))?;
        let drill = rows::read(tx, known.text(0)?).await?;
        if drill.kind != asked.kind || drill.parameters != asked.parameters {
            return Err(Refusal::plain(Code::IdempotencyKeyReused));
        }
        return Ok((drill, true));
    }
    let leaf = Leaf {
        origin: CONTROL,
        act: "drill.begin",
        actor: by,
        subject: id,
        at: call.now,
        body: json!({ "kind": asked.kind, "parameters": asked.parameters }),
    };
    leave(tx, leaf).await?;
    Ok((rows::read(tx, id).await?, false))
}
