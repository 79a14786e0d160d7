//! Reading a drill with its faults.

use std::collections::BTreeMap;

use base::problem::Code;
use client::drills::{Drill, DrillEnd, Fault};
use db::{DbError, Row, Tx};
use serde::de::DeserializeOwned;

use crate::Refusal;

/// # Errors
/// `not-found`, or the database's refusal.
pub(super) async fn read(tx: &mut Tx, id: &str) -> Result<Drill, Refusal> {
    let sql = "SELECT id, kind, parameters, begun_at, begun_by, ended_at, ended_by, outcome, laws, report_sha256 \
               FROM drills WHERE id = $1";
    let Some(row) = tx.one(sql, &[id.into()]).await? else {
        return Err(Refusal::with(Code::NotFound, "no such drill"));
    };
    let sql =
        "SELECT id, fault, target, announced_at FROM drill_faults WHERE drill = $1 ORDER BY announced_at, id";
    let faults = tx.many(sql, &[id.into()]).await?;
    Ok(Drill {
        id: row.text(0)?.to_owned(),
        kind: row.text(1)?.to_owned(),
        parameters: parsed(row.text(2)?)?,
        begun_at: row.int(3)?,
        begun_by: row.text(4)?.to_owned(),
        faults: faults.iter().map(fault).collect::<Result<_, _>>()?,
        end: end(&row)?,
    })
}

fn end(row: &Row) -> Result<Option<DrillEnd>, DbError> {
    let Some(ended_at) = row.opt_int(5)? else {
        return Ok(None);
    };
    Ok(Some(DrillEnd {
        ended_at,
        ended_by: row.text(6)?.to_owned(),
        outcome: row.text(7)?.to_owned(),
        laws: parsed::<BTreeMap<u8, String>>(row.text(8)?)?,
        report_sha256: row.opt_text(9)?.map(str::to_owned),
    }))
}

fn fault(row: &Row) -> Result<Fault, DbError> {
    Ok(Fault {
        id: row.text(0)?.to_owned(),
        fault: row.text(1)?.to_owned(),
        target: row.text(2)?.to_owned(),
        announced_at: row.int(3)?,
    })
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text)
        .map_err(|error| DbError::Other(format!("a drill's row holds no JSON: {error}")))
}

/// # Errors
/// Never for maps of strings.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Other(format!("no JSON: {error}")))
}
