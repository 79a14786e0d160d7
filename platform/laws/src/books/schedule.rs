//! A loan's instalments sum to what was lent, and what they say is paid to what was repaid.

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
    Ok(())
}
