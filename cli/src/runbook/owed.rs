//! What the control plane has yet to be told: kept beside the journals, before anything is done.

use base::exit;
use client::runs::BeginRun;
use db::{Db, DbError, Migration};

use crate::ended::stop;

/// The table beside the journals.
pub(super) const MIGRATION: Migration = Migration {
    id: "runbook-0001-records",
    sql: include_str!("../../migrations/0001_records.sql"),
};

/// Runs that one command tells of: whoever owes more runs `deliver` again.
const MOST: i64 = 100;

/// Runs of which something may be owed.
#[derive(Clone)]
pub(super) struct Owed(Db);

/// One of them.
pub(super) struct Record {
    /// What is told of its beginning.
    pub(super) begin: BeginRun,
    /// When its id was drawn, in microseconds since 1970.
    pub(super) drawn_at: i64,
    /// Whether its beginning is on record.
    pub(super) begun: bool,
    /// Whether its end is, after which nothing is owed.
    pub(super) ended: bool,
}

impl Owed {
    /// In a store that has the table.
    pub(super) fn new(db: Db) -> Self {
        Self(db)
    }

    /// Puts down that a run is to begin, before anybody is told and anything is done.
    pub(super) async fn draw(&self, begin: &BeginRun, at: i64) -> anyhow::Result<()> {
        let (run, begin) = (begin.id.clone(), serde_json::to_string(begin)?);
        let sql = "INSERT INTO runbook_records (run, begin, drawn_at) VALUES ($1, $2, $3)";
        let values = vec![Value::Text(run), Value::Text(begin), Value::Int(at)];
        self.write(sql, values).await
    }

    /// Takes a run back of which nobody was told and which never began.
    pub(super) async fn forget(&self, run: &str) -> anyhow::Result<()> {
        let sql = "DELETE FROM runbook_records WHERE run = $1 AND begin_at IS NULL";
        self.write(sql, vec![Value::Text(run.to_owned())]).await
    }

    /// Its beginning is on record.
    pub(super) async fn begun(&self, run: &str, at: i64) -> anyhow::Result<()> {
        let sql = "UPDATE runbook_records SET begin_at = $2 WHERE run = $1";
        self.write(sql, vec![Value::Text(run.to_owned()), Value::Int(at)])
            .await
    }

    /// Its end is on record.
    pub(super) async fn ended(&self, run: &str, at: i64) -> anyhow::Result<()> {
        let sql = "UPDATE runbook_records SET end_at = $2 WHERE run = $1";
        self.write(sql, vec![Value::Text(run.to_owned()), Value::Int(at)])
            .await
    }

    /// One run.
    pub(super) async fn of(&self, run: &str) -> anyhow::Result<Option<Record>> {
        let run = run.to_owned();
        let sql = "SELECT begin, drawn_at, begin_at, end_at FROM runbook_records WHERE run = $1";
        let row = self
            .0
            .read(move |tx| Box::pin(async move { tx.one(sql, &[(&run).into()]).await }));
        let row = row.await.map_err(|error| gone(&error))?;
        row.as_ref().map(record).transpose()
    }

    /// Those of which something may be owed, the oldest first.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Record>> {
        let sql = "SELECT begin, drawn_at, begin_at, end_at FROM runbook_records WHERE end_at IS NULL \
                   ORDER BY drawn_at, run LIMIT $1";
        let rows = self
            .0
            .read(move |tx| Box::pin(async move { tx.many(sql, &[MOST.into()]).await }));
        rows.await
            .map_err(|error| gone(&error))?
            .iter()
            .map(record)
            .collect()
    }

    async fn write(&self, sql: &'static str, values: Vec<Value>) -> anyhow::Result<()> {
        let job = self.0.write(move |tx| {
            Box::pin(async move {
                let values: Vec<db::V<'_>> = values
                    .iter()
                    .map(|value| match value {
                        Value::Text(text) => text.into(),
                        Value::Int(number) => (*number).into(),
                    })
                    .collect();
                tx.exec(sql, &values).await
            })
        });
        job.await.map(drop).map_err(|error: DbError| gone(&error))
    }
}

/// A value that goes along to the store's thread.
enum Value {
    Text(String),
    Int(i64),
}

fn record(row: &db::Row) -> anyhow::Result<Record> {
    Ok(Record {
        begin: serde_json::from_str(row.text(0)?)?,
        drawn_at: row.int(1)?,
        begun: row.opt_int(2)?.is_some(),
        ended: row.opt_int(3)?.is_some(),
    })
}

fn gone(error: &DbError) -> anyhow::Error {
    stop(exit::UNREACHABLE, format!("--store cannot be used: {error}"))
}
