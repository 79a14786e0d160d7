//! Compares each promise with its row.

use std::collections::HashMap;

use super::act::Promise;
use super::table::Table;
use crate::purged::Purged;
use crate::source::{DatabaseError, Row, Source};
use crate::verdict::Tally;

/// Promises looked up with one query. At about 100 bytes an answer a batch stays
/// under a megabyte, and the cost of a round trip is spread over thousands.
pub(super) const BATCH: usize = 4000;

/// A promise whose row is there, and the row's state.
pub(super) struct Kept<'j> {
    pub(super) promise: Promise<'j>,
    pub(super) state: Option<String>,
}

/// Adds a finding for every promise that its row contradicts; answers those whose row is there.
pub(super) async fn compare<'j>(
    source: &mut Source,
    table: Table,
    promises: &[Promise<'j>],
    purged: &Purged,
    tally: &mut Tally,
) -> Result<Vec<Kept<'j>>, DatabaseError> {
    let mut kept = Vec::with_capacity(promises.len());
    for batch in promises.chunks(BATCH) {
        let mut ids: Vec<&str> = batch.iter().map(|promise| promise.id).collect();
        ids.dedup();
        let rows = source.rows_in(table.name(), table.query(), &ids).await?;
        let mut by_id: HashMap<&str, Vec<&Row>> = HashMap::with_capacity(rows.len());
        for row in &rows {
            by_id.entry(row.text(0)?).or_default().push(row);
        }
        for promise in batch {
            let rows = by_id.get(promise.id).map_or(&[][..], Vec::as_slice);
            if rows.is_empty() && left(table, promise.id, purged) {
                tally.checked(1);
                tally.count("purged", 1);
                continue;
            }
            if let Some(row) = judge(table, promise, rows, tally) {
                kept.push(Kept {
                    promise: *promise,
                    state: row.opt_text(3).map(str::to_owned),
                });
            }
        }
    }
    Ok(kept)
}

/// Whether an exit took the row out. A verdict's key has its officer, whom the journal does not name: its application
/// left with it.
fn left(table: Table, id: &str, purged: &Purged) -> bool {
    let whose = match table {
        Table::Approvals => Table::Applications,
        table => table,
    };
    purged.holds(whose.name(), id)
}

/// Compares one promise with the rows of its id (several only for the verdicts
/// on one application, which their digests tell apart).
fn judge<'r>(table: Table, promise: &Promise<'_>, rows: &[&'r Row], tally: &mut Tally) -> Option<&'r Row> {
    tally.checked(1);
    let subject = || format!("{} {}", table.name(), promise.id);
    let Some(first) = rows.first() else {
        tally.against("row-missing", subject(), "acknowledged, and not in the database");
        return None;
    };
    let same = |row: &&&Row| promise.digest.is_none() || row.opt_text(1) == promise.digest;
    let Some(row) = rows.iter().find(same) else {
        let found = first.opt_text(1).unwrap_or("none");
        let sent = promise.digest.unwrap_or("none");
        tally.against(
            "content-differs",
            subject(),
            format!("sent with digest {sent}, stored with {found}"),
        );
        return Some(first);
    };
    if let (Some(promised), Some(found)) = (promise.amount, row.opt_text(2))
        && found != promised.to_string()
    {
        let detail = format!("acknowledged {promised} fen, stored {found}");
        tally.against("amount-differs", subject(), detail);
    }
    if let Some(parent) = promise.parent
        && row.opt_text(4) != Some(parent)
    {
        let found = row.opt_text(4).unwrap_or("nothing");
        tally.against(
            "belongs-elsewhere",
            subject(),
            format!("acknowledged for {parent}, stored for {found}"),
        );
    }
    if let Some(acknowledged) = promise.state {
        let found = row.opt_text(3).unwrap_or("none");
        match table.at_or_beyond(acknowledged) {
            None => tally.against(
                "state-unknown",
                subject(),
                format!("acknowledged as `{acknowledged}`"),
            ),
            Some(beyond) if !beyond.contains(&found) => {
                let detail = format!("acknowledged as `{acknowledged}`, stored as `{found}`");
                tally.against("state-behind", subject(), detail);
            }
            Some(_) => {}
        }
    }
    Some(row)
}
