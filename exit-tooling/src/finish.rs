//! The end: the exit's last leaf, and the record of what was done, made of what the database and the steps left.

use std::collections::{BTreeMap, BTreeSet};

use certificate::record::{Cleaning, FORMAT, KekRotation, Outcome, Record, Scope, TableRecord};
use db::{Db, DbError, Dialect, Row};
use serde_json::{Value, json};
use vault::Category;

use crate::steps::{Failure, Work};
use crate::tables::{self, AT_ONCE};
use crate::{begin, done, out, plan};

/// Ends the exit and writes its record.
pub(crate) async fn finish(work: &Work, db: &Db) -> Result<Value, Failure> {
    let counts = counts(db, &work.exit.id).await?;
    let body = json!({ "plan": work.exit.digest, "rows": sums(&counts) });
    let finished_at = begin::finish(db, &work.exit, body, work.clock.now_micros()).await?;
    let record = record(work, db, &counts, finished_at).await?;
    out::keep(&work.out, out::RECORD, &serde_json::to_vec_pretty(&record)?)?;
    Ok(json!({ "tables": record.tables.len() }))
}

/// Rows by table.
fn sums(counts: &BTreeMap<(String, String), i64>) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for ((table, _), rows) in counts {
        *sums.entry(table.as_str()).or_default() += rows;
    }
    sums
}

async fn record(
    work: &Work,
    db: &Db,
    counts: &BTreeMap<(String, String), i64>,
    finished_at: i64,
) -> Result<Record, Failure> {
    let begun = begin::find(db, &work.exit.id)
        .await?
        .ok_or("the exit is not on record")?;
    let notes = done::read(&work.out)?;
    let epochs: BTreeMap<String, u64> = notes
        .get("rotated")
        .map_or(Ok(BTreeMap::new()), |of| serde_json::from_value(of.clone()))?;
    let cleaned: BTreeMap<String, Vec<String>> = notes
        .get("cleaned")
        .map_or(Ok(BTreeMap::new()), |of| serde_json::from_value(of.clone()))?;
    let archive = notes
        .get("archive")
        .map(|of| serde_json::from_value(of.clone()))
        .transpose()?;
    let mut tables = went(work, counts);
    tables.push(stays(work, db).await?);
    Ok(Record {
        format: FORMAT.to_owned(),
        exit_id: work.exit.id.clone(),
        scope: match work.plan.scope {
            plan::Scope::Firm { .. } => Scope::Firm,
            plan::Scope::Product { .. } => Scope::Product,
        },
        customers: work.plan.leaving.len() as u64,
        plan_digest: work.exit.digest.clone(),
        rules_digest: work.plan.rules.clone(),
        rules: work.rules.name.clone(),
        rehearsal: work.plan.rehearsal,
        proposal: work.exit.proposal.clone(),
        planner: work.plan.planner.clone(),
        approvers: begin::approvers(db, &work.exit.proposal).await?,
        started_at: begun.started_at,
        finished_at,
        tool: concat!("backstop-exit ", env!("CARGO_PKG_VERSION")).to_owned(),
        database: version(db).await?,
        tables,
        keys_destroyed: (work.plan.leaving.len() * Category::ALL.len()) as u64,
        keks_rotated: epochs
            .into_iter()
            .map(|(custodian, epoch)| KekRotation { custodian, epoch })
            .collect(),
        cleaning: cleaning(&cleaned),
        archive,
    })
}

/// What went, as the lines of the exit have it.
fn went(work: &Work, counts: &BTreeMap<(String, String), i64>) -> Vec<TableRecord> {
    let mut rules: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut left_out: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for leaving in &work.plan.leaving {
        for fate in work.fates(leaving.last_act) {
            left_out.entry(fate.table).or_default().extend(fate.left_out());
            rules.entry(fate.table).or_default().extend(fate.rules);
        }
    }
    let names: BTreeSet<&str> = counts.keys().map(|(table, _)| table.as_str()).collect();
    let of = |table: &str, fate: &str| {
        let rows = counts.get(&(table.to_owned(), fate.to_owned())).copied();
        rows.unwrap_or_default().unsigned_abs()
    };
    let record = |table: &str| TableRecord {
        table: table.to_owned(),
        rules: rules.get(table).into_iter().flatten().cloned().collect(),
        deleted: of(table, "deleted"),
        archived: of(table, "archived"),
        kept: 0,
        left_out: left_out.get(table).into_iter().flatten().cloned().collect(),
    };
    names.into_iter().map(record).collect()
}

/// What of the customers stays in the ledger, which is never changed.
async fn stays(work: &Work, db: &Db) -> Result<TableRecord, DbError> {
    let mut kept = 0;
    let firms: Vec<String> = work
        .plan
        .leaving
        .iter()
        .map(|leaving| leaving.firm.clone())
        .collect();
    for firms in firms.chunks(AT_ONCE) {
        let sql = tables::spelled(
            "SELECT COUNT(*) FROM postings WHERE firm_id IN ({firms})",
            db.dialect(),
        );
        let row = db.one(&sql, &[(&tables::json(firms)).into()]).await?;
        kept += row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs();
    }
    Ok(TableRecord {
        table: "postings".to_owned(),
        rules: work.rules.named("ledger"),
        deleted: 0,
        archived: 0,
        kept,
        left_out: Vec::new(),
    })
}

/// How the files were cleaned, and what nobody here has looked at.
fn cleaning(cleaned: &BTreeMap<String, Vec<String>>) -> Vec<Cleaning> {
    let mut all = Vec::new();
    for (of, steps) in cleaned {
        for step in steps {
            let (step, detail) = (step.clone(), of.clone());
            all.push(Cleaning {
                step,
                outcome: Outcome::Done,
                detail,
            });
        }
    }
    all.push(Cleaning {
        step: "logs, backups, archived write-ahead logs, standbys".to_owned(),
        outcome: Outcome::NotDone,
        detail: "they are the operator's: backstop-verify scans those that it is told of".to_owned(),
    });
    all
}

/// Lines of an exit by table and fate.
async fn counts(db: &Db, exit: &str) -> Result<BTreeMap<(String, String), i64>, DbError> {
    let exit = exit.to_owned();
    let rows: Result<Vec<Row>, DbError> = db
        .read(move |tx| {
            Box::pin(async move {
                let sql = "SELECT table_name, fate, COUNT(*) FROM exit_rows WHERE exit_id = $1 GROUP BY table_name, fate";
                tx.many(sql, &[(&exit).into()]).await
            })
        })
        .await;
    let line = |row: &Row| Ok(((row.text(0)?.to_owned(), row.text(1)?.to_owned()), row.int(2)?));
    rows?.iter().map(line).collect()
}

async fn version(db: &Db) -> Result<String, DbError> {
    let (name, sql) = match db.dialect() {
        Dialect::Sqlite => ("SQLite", "SELECT sqlite_version()"),
        Dialect::Postgres => ("PostgreSQL", "SHOW server_version"),
    };
    let row = db.one(sql, &[]).await?;
    let version = row.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))?;
    Ok(format!("{name} {version}"))
}
