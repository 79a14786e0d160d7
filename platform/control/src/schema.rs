//! The control plane's tables.

use db::{Db, DbError, Migration};

const DRILLS: Migration = Migration {
    id: "control-0001-drills",
    sql: include_str!("../migrations/0001_drills.sql"),
};

const WATCHING: Migration = Migration {
    id: "control-0002-watching",
    sql: include_str!("../migrations/0002_watching.sql"),
};

const RUNS: Migration = Migration {
    id: "control-0003-runs",
    sql: include_str!("../migrations/0003_runs.sql"),
};

/// Brings a database up to date; answers what was applied.
///
/// # Errors
/// What the database refused.
pub async fn migrate(db: &Db) -> Result<Vec<String>, DbError> {
    let mut all = vec![evidence::MIGRATION, DRILLS, WATCHING, RUNS];
    all.extend(watch::migrations());
    db::migrate(db, &all).await
}
