//! Debits and credits: per currency, per customer, per entry.

use serde_json::json;

use super::check::AT_MOST;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

pub(super) async fn check(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    per_currency(source, tally).await?;
    per_firm(source, tally).await?;
    per_entry(source, tally).await?;
    strays(source, tally).await
}

async fn per_currency(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let sql = "SELECT currency, CAST(SUM(debit) AS TEXT), CAST(SUM(credit) AS TEXT), CAST(COUNT(*) AS TEXT)
               FROM postings GROUP BY currency ORDER BY currency";
    let mut sums = Vec::new();
    for row in source.rows("debits and credits per currency", sql).await? {
        let (currency, debit, credit) = (row.text(0)?, row.wide(1)?, row.wide(2)?);
        tally.checked(1);
        if debit != credit {
            tally.against(
                "currency-unbalanced",
                currency,
                format!("debits {debit}, credits {credit} fen"),
            );
        }
        // As texts: a sum may be wider than a JSON number.
        sums.push(json!({
            "currency": currency, "debits": debit.to_string(), "credits": credit.to_string(),
            "postings": row.count(3)?,
        }));
    }
    tally.evidence("currencies", sums);
    Ok(())
}

async fn per_firm(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let firms = "SELECT CAST(COUNT(DISTINCT firm_id) AS TEXT) FROM postings";
    let firms = source.rows("customers in the ledger", firms).await?;
    let firms = firms.first().map_or(Ok(0), |row| row.count(0))?;
    tally.checked(firms);
    tally.evidence("customers", firms);
    let sql = format!(
        "SELECT firm_id, currency, CAST(SUM(debit) AS TEXT), CAST(SUM(credit) AS TEXT) FROM postings
         GROUP BY firm_id, currency HAVING SUM(debit) <> SUM(credit) {AT_MOST}"
    );
    for row in source.rows("debits and credits per customer", sql).await? {
        let detail = format!(
            "{}: debits {}, credits {} fen",
            row.text(1)?,
            row.wide(2)?,
            row.wide(3)?
        );
        tally.against("customer-unbalanced", row.text(0)?, detail);
    }
    Ok(())
}

async fn per_entry(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let entries = source
        .rows("entries", "SELECT CAST(COUNT(*) AS TEXT) FROM entries")
        .await?;
    tally.checked(entries.first().map_or(Ok(0), |row| row.count(0))?);
    let sql = format!(
        "SELECT entry_id, currency, CAST(SUM(debit) AS TEXT), CAST(SUM(credit) AS TEXT) FROM postings
         GROUP BY entry_id, currency HAVING SUM(debit) <> SUM(credit) {AT_MOST}"
    );
    for row in source.rows("debits and credits per entry", sql).await? {
        let detail = format!(
            "{}: debits {}, credits {} fen",
            row.text(1)?,
            row.wide(2)?,
            row.wide(3)?
        );
        tally.against("entry-unbalanced", row.text(0)?, detail);
    }
    let sql = format!(
        "SELECT entry_id, CAST(line AS TEXT), CAST(debit AS TEXT), CAST(credit AS TEXT) FROM postings
         WHERE debit < 0 OR credit < 0 OR (debit = 0) = (credit = 0) {AT_MOST}"
    );
    for row in source.rows("postings on one side", sql).await? {
        let detail = format!(
            "line {}: debit {}, credit {} fen",
            row.wide(1)?,
            row.wide(2)?,
            row.wide(3)?
        );
        tally.against("posting-not-one-sided", row.text(0)?, detail);
    }
    Ok(())
}

/// Entries without postings, and postings without an entry.
async fn strays(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let sql = format!(
        "SELECT id, kind FROM entries WHERE NOT EXISTS
         (SELECT 1 FROM postings WHERE postings.entry_id = entries.id) {AT_MOST}"
    );
    for row in source.rows("entries without postings", sql).await? {
        tally.against(
            "entry-empty",
            row.text(0)?,
            format!("a {} without postings", row.text(1)?),
        );
    }
    let sql = format!(
        "SELECT DISTINCT entry_id FROM postings WHERE NOT EXISTS
         (SELECT 1 FROM entries WHERE entries.id = postings.entry_id) {AT_MOST}"
    );
    for row in source.rows("postings without an entry", sql).await? {
        tally.against(
            "posting-stray",
            row.text(0)?,
            "postings of an entry that is not there",
        );
    }
    Ok(())
}
