//! The checker of law 1.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::act::{Promise, promises};
use super::table::Table;
use super::{answers, rows, sums};
use crate::journal::record::KILL;
use crate::journal::{Journal, Outcome, Record};
use crate::purged::Purged;
use crate::source::{DatabaseError, Source};
use crate::verdict::{Ruling, Tally};

/// Compares every acknowledged write of the live lane with the database.
///
/// `minimum` is how many acknowledged writes there must be (before the first
/// kill, where the journal has one) for the law to count as touched. `weak`
/// names settings under which an acknowledged write would not survive a power
/// cut: each breaks the law, whatever the rows say, for the promise was not kept
/// but lucky.
///
/// # Errors
/// When the database can't be read.
pub async fn nothing_lost(
    source: &mut Source,
    journal: &Journal,
    minimum: u64,
    weak: &[(String, String)],
) -> Result<Ruling, DatabaseError> {
    let mut tally = Tally::default();
    let live: Vec<&Record> = journal
        .records
        .iter()
        .filter(|record| record.lane == "live")
        .collect();
    let acked: Vec<&Record> = live
        .iter()
        .copied()
        .filter(|record| record.is_acked_write())
        .collect();
    let mut promised = Vec::with_capacity(acked.len());
    for record in &acked {
        let made = promises(record);
        if made.is_empty() {
            let detail = format!(
                "{} {} is no write that this audit knows",
                record.method, record.path
            );
            tally.against("not-checkable", format!("record {}", record.seq), detail);
        }
        promised.extend(made);
    }
    let purged = Purged::read(source).await?;
    let mut by_table = Map::new();
    for table in Table::ALL {
        let mut of_table: Vec<Promise<'_>> = promised
            .iter()
            .copied()
            .filter(|promise| promise.table == *table)
            .collect();
        // Sorted, neighbours in the index are read together.
        of_table.sort_by_key(|promise| promise.id);
        if !of_table.is_empty() {
            by_table.insert(table.name().to_owned(), of_table.len().into());
            let kept = rows::compare(source, *table, &of_table, &purged, &mut tally).await?;
            sums::compare(source, *table, &kept, &mut tally).await?;
        }
    }
    answers::compare(&acked, &mut tally);
    for (setting, detail) in weak {
        tally.against("not-durable", setting, detail);
    }

    let before_kill = journal.mark(KILL).map(|kill| {
        let before = acked.iter().filter(|record| record.at <= kill.at).count() as u64;
        tally.evidence("acknowledged_before_kill", before);
        before
    });
    tally.evidence("acknowledged", acked.len());
    tally.evidence("compared", Value::Object(by_table));
    tally.evidence(
        "kills",
        journal.marks.iter().filter(|mark| mark.mark == KILL).count(),
    );
    outcomes(&live, journal, &mut tally);
    let counted = before_kill.unwrap_or(acked.len() as u64);
    let missing = (counted < minimum).then(|| {
        let when = if before_kill.is_some() {
            " before the kill"
        } else {
            ""
        };
        format!("{counted} acknowledged writes{when}, {minimum} are needed")
    });
    Ok(tally.ruling(1, missing))
}

/// What was not acknowledged: counted, and neither lost nor kept.
fn outcomes(live: &[&Record], journal: &Journal, tally: &mut Tally) {
    let of = |outcome| live.iter().filter(|record| record.outcome == outcome).count();
    let known: HashSet<&str> = live
        .iter()
        .filter(|record| matches!(record.outcome, Outcome::Acked | Outcome::Refused))
        .map(|record| record.key.as_str())
        .collect();
    let open: HashSet<&str> = live
        .iter()
        .filter(|record| record.outcome == Outcome::Ambiguous && !record.key.is_empty())
        .map(|record| record.key.as_str())
        .filter(|key| !known.contains(key))
        .collect();
    tally.evidence("refused", of(Outcome::Refused));
    tally.evidence("failed", of(Outcome::Failed));
    tally.evidence("ambiguous", of(Outcome::Ambiguous));
    tally.evidence("ambiguous_to_the_end", open.len());
    tally.evidence("other_lanes", journal.records.len() - live.len());
    tally.evidence("torn_tail", journal.torn_tail);
}
