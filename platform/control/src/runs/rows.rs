//! Reading a run with its approvals.

use base::problem::Code;
use client::runs::{Offline, Run, RunApproval, RunEnd, RunVerdict};
use db::{DbError, Row, Tx};

use crate::Refusal;

/// # Errors
/// `not-found`, or the database's refusal.
pub(super) async fn read(tx: &mut Tx, id: &str) -> Result<Run, Refusal> {
    let sql = "SELECT id, page, plan_sha256, bound_sha256, begun_at, begun_by, offline_reason, offline_at, \
               ended_at, ended_by, outcome FROM runs WHERE id = $1";
    let Some(row) = tx.one(sql, &[id.into()]).await? else {
        return Err(Refusal::with(Code::NotFound, "no such run"));
    };
    let sql = "SELECT step, digest, people, opened_at, ends_at FROM run_approvals WHERE run = $1 \
               ORDER BY opened_at, id";
    let approvals = tx.many(sql, &[id.into()]).await?;
    let sql = "SELECT a.step, v.person, v.verdict, v.at FROM run_verdicts v JOIN run_approvals a ON a.id = v.approval \
               WHERE a.run = $1 ORDER BY v.at, v.id";
    let verdicts = tx.many(sql, &[id.into()]).await?;
    let mut asked: Vec<RunApproval> = approvals.iter().map(approval).collect::<Result<_, _>>()?;
    for row in &verdicts {
        let step = row.text(0)?;
        if let Some(approval) = asked.iter_mut().find(|approval| approval.step == step) {
            approval.verdicts.push(verdict(row)?);
        }
    }
    let begun_by = row.text(5)?.to_owned();
    Ok(Run {
        id: row.text(0)?.to_owned(),
        page: row.text(1)?.to_owned(),
        plan_sha256: row.text(2)?.to_owned(),
        bound_sha256: row.text(3)?.to_owned(),
        begun_at: row.int(4)?,
        offline: offline(&row, &begun_by)?,
        begun_by,
        approvals: asked,
        end: end(&row)?,
    })
}

fn approval(row: &Row) -> Result<RunApproval, DbError> {
    Ok(RunApproval {
        step: row.text(0)?.to_owned(),
        digest: row.text(1)?.to_owned(),
        people: u32::try_from(row.int(2)?).unwrap_or(u32::MAX),
        opened_at: row.int(3)?,
        ends_at: row.int(4)?,
        verdicts: Vec::new(),
    })
}

fn verdict(row: &Row) -> Result<RunVerdict, DbError> {
    Ok(RunVerdict {
        by: row.text(1)?.to_owned(),
        approves: row.text(2)? == super::judge::YES,
        at: row.int(3)?,
    })
}

fn offline(row: &Row, by: &str) -> Result<Option<Offline>, DbError> {
    let (Some(reason), Some(begun_at)) = (row.opt_text(6)?, row.opt_int(7)?) else {
        return Ok(None);
    };
    Ok(Some(Offline {
        by: by.to_owned(),
        reason: reason.to_owned(),
        begun_at,
    }))
}

fn end(row: &Row) -> Result<Option<RunEnd>, DbError> {
    let Some(ended_at) = row.opt_int(8)? else {
        return Ok(None);
    };
    Ok(Some(RunEnd {
        ended_at,
        ended_by: row.text(9)?.to_owned(),
        outcome: row.text(10)?.to_owned(),
    }))
}
