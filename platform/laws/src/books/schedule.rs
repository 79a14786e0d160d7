//! A loan's instalments sum to what was lent, and what they say is paid to what was repaid. It runs as long as it was
//! made for, and as long beyond as the bank granted.

use super::check::AT_MOST;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

pub(super) async fn check(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let rows = source
        .rows("instalments", "SELECT CAST(COUNT(*) AS TEXT) FROM instalments")
        .await?;
    let instalments = rows.first().map_or(Ok(0), |row| row.count(0))?;
    tally.checked(instalments);
    tally.evidence("instalments", instalments);
    let planned = "SELECT loan_id, SUM(principal) AS principal, SUM(principal_paid) AS paid
                   FROM instalments GROUP BY loan_id";
    let sql = format!(
        "SELECT loans.id, CAST(loans.amount AS TEXT), CAST(COALESCE(planned.principal, 0) AS TEXT)
         FROM loans LEFT JOIN ({planned}) planned ON planned.loan_id = loans.id
         WHERE loans.amount <> COALESCE(planned.principal, 0) {AT_MOST}"
    );
    for row in source.rows("instalments and loans", sql).await? {
        let detail = format!("lent {}, instalments sum to {} fen", row.wide(1)?, row.wide(2)?);
        tally.against("schedule-differs", row.text(0)?, detail);
    }
    let sql = format!(
        "SELECT loans.id, CAST(loans.amount - loans.principal AS TEXT), CAST(planned.paid AS TEXT)
         FROM loans JOIN ({planned}) planned ON planned.loan_id = loans.id
         WHERE loans.amount - loans.principal <> planned.paid {AT_MOST}"
    );
    for row in source.rows("paid instalments and loans", sql).await? {
        let detail = format!("repaid {}, instalments say {} fen", row.wide(1)?, row.wide(2)?);
        tally.against("schedule-paid-differs", row.text(0)?, detail);
    }
    term(source, tally).await
}

/// One instalment a month, of the term and of what was granted beyond; the last of them is the end that the loan and
/// the grant say.
async fn term(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let rows = source
        .rows(
            "granted extensions",
            "SELECT CAST(COUNT(*) AS TEXT) FROM renewals WHERE kind = 'extension' AND state = 'granted'",
        )
        .await?;
    let granted = rows.first().map_or(Ok(0), |row| row.count(0))?;
    tally.checked(granted);
    tally.evidence("extensions_granted", granted);
    let lines = "SELECT loan_id, COUNT(*) AS lines, MIN(number) AS lowest, MAX(number) AS highest,
                 MAX(due_date) AS due
                 FROM instalments GROUP BY loan_id";
    let granted = "SELECT loan_id, SUM(months) AS months, MAX(new_maturity_date) AS due
                   FROM renewals WHERE kind = 'extension' AND state = 'granted' GROUP BY loan_id";
    let from = format!(
        "FROM loans LEFT JOIN ({lines}) lines ON lines.loan_id = loans.id
         LEFT JOIN ({granted}) granted ON granted.loan_id = loans.id"
    );
    let sql = format!(
        "SELECT loans.id, CAST(loans.term_months AS TEXT), CAST(COALESCE(granted.months, 0) AS TEXT),
           CAST(COALESCE(lines.lines, 0) AS TEXT) {from}
         WHERE loans.term_months + COALESCE(granted.months, 0) <> COALESCE(lines.lines, 0)
         OR lines.lowest <> 1 OR lines.highest <> lines.lines {AT_MOST}"
    );
    for row in source.rows("instalments and terms", sql).await? {
        let detail = format!(
            "made for {} months, extended by {}, and has {} instalments",
            row.wide(1)?,
            row.wide(2)?,
            row.wide(3)?
        );
        tally.against("term-differs", row.text(0)?, detail);
    }
    let sql = format!(
        "SELECT loans.id, loans.maturity_date, COALESCE(lines.due, ''), COALESCE(granted.due, '') {from}
         WHERE lines.due <> loans.maturity_date OR granted.due <> loans.maturity_date {AT_MOST}"
    );
    for row in source.rows("last due dates", sql).await? {
        let detail = format!(
            "ends on {}, its last instalment is due on {}, and granted was {}",
            row.text(1)?,
            row.text(2)?,
            row.opt_text(3)
                .filter(|date| !date.is_empty())
                .unwrap_or("nothing")
        );
        tally.against("maturity-differs", row.text(0)?, detail);
    }
    Ok(())
}
