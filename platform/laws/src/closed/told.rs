//! What the database itself tells of closings: those that nobody marked were not judged.

use super::scope::Scope;
use crate::source::{DatabaseError, Source};

/// A closing in the gate's history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// Its epoch.
    pub epoch: i64,
    /// Which new business.
    pub scope: Scope,
    /// When it was ordered, microseconds, by the clock of whoever closed.
    pub at: i64,
}

/// Every closing, each once; none where there is no history.
///
/// # Errors
/// When the database can't be read, or holds a scope that this checker does not read: then it can't say what was
/// closed.
pub async fn closings(source: &mut Source) -> Result<Vec<Told>, DatabaseError> {
    const WHAT: &str = "the gate's history";
    let tables = source.tables().await?;
    let is_history =
        |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"') == "intake_history";
    if !tables.iter().any(|table| is_history(&table.name)) {
        return Ok(Vec::new());
    }
    // An order that found its scope closed has the epoch of the closing.
    let sql = "SELECT CAST(epoch AS TEXT), scope, CAST(MIN(at) AS TEXT) FROM intake_history \
               WHERE state = 'closed' GROUP BY epoch, scope ORDER BY epoch";
    let rows = source.rows(WHAT, sql).await?;
    let told = rows.iter().map(|row| {
        let scope = row.text(1)?.parse().map_err(|_| DatabaseError::Value {
            what: WHAT,
            column: 1,
            wanted: "a scope that this checker reads",
        })?;
        Ok(Told {
            epoch: row.int(0)?,
            scope,
            at: row.int(2)?,
        })
    });
    told.collect()
}
