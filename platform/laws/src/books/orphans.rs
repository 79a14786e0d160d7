//! Entries whose document is gone: with an exit, which left a line for it, or otherwise.

use crate::purged::Purged;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// Rows that are read at a time: an exit of a product leaves as many such entries as it had payments.
const PAGE: usize = 1000;

/// Findings of one kind: enough to count a pattern.
const MOST: usize = 1000;

/// Entries of a kind, and the table of their documents.
struct Question {
    word: &'static str,
    what: &'static str,
    table: &'static str,
    /// Columns: the entry, its reference, its document's state (or nothing where there is none); `{after}` is the
    /// entry that was read last.
    sql: &'static str,
}

const QUESTIONS: &[Question] = &[
    Question {
        word: "disbursement-without-draw",
        what: "disbursement entries",
        table: "draws",
        sql: "SELECT entries.id, entries.reference, draws.state
              FROM entries LEFT JOIN draws ON draws.id = entries.reference
              WHERE entries.kind = 'disbursement' AND (draws.state IS NULL OR draws.state <> 'paid')
              AND entries.id > '{after}' ORDER BY entries.id",
    },
    Question {
        word: "repayment-without-document",
        what: "repayment entries",
        table: "repayments",
        sql: "SELECT entries.id, entries.reference, repayments.state
              FROM entries LEFT JOIN repayments ON repayments.id = entries.reference
              WHERE entries.kind = 'repayment' AND repayments.id IS NULL
              AND entries.id > '{after}' ORDER BY entries.id",
    },
];

pub(super) async fn check(
    source: &mut Source,
    purged: &Purged,
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    for question in QUESTIONS {
        let (mut after, mut found) = (String::new(), 0);
        loop {
            // An entry's id is the database's own, and all the same no text of it ends the quotes.
            let sql = question.sql.replace("{after}", &after.replace('\'', "''"));
            let rows = source.rows(question.what, format!("{sql} LIMIT {PAGE}")).await?;
            for row in &rows {
                let (reference, state) = (row.text(1)?, row.opt_text(2));
                if state.is_none() && purged.holds(question.table, reference) {
                    tally.count("purged", 1);
                } else if found < MOST {
                    found += 1;
                    let detail = format!("its document {reference} is {}", state.unwrap_or("missing"));
                    tally.against(question.word, row.text(0)?, detail);
                }
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE => last.text(0)?.clone_into(&mut after),
                _ => break,
            }
        }
    }
    Ok(())
}
