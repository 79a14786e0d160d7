//! How much the bank has lent, and how much of it is overdue.

use db::{DbError, Tx};
use gate::Scope;

/// In fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exposure {
    /// Principal that is owed, and draws that are asked for or under way.
    pub outstanding: i64,
    /// Principal that is overdue.
    pub overdue: i64,
}

/// Of all loans of a scope's product, channel and region. It looks at every loan that is not settled.
///
/// # Errors
/// The database's refusal.
pub async fn of(tx: &mut Tx, scope: &Scope) -> Result<Exposure, DbError> {
    let conditions = scope.conditions();
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(owed), 0) AS BIGINT), CAST(COALESCE(SUM(late), 0) AS BIGINT) FROM ( \
         SELECT l.principal AS owed, l.overdue_principal AS late FROM loans l \
         JOIN contracts c ON c.id = l.contract_id JOIN applications a ON a.id = c.application_id \
         WHERE l.settled_at IS NULL{conditions} UNION ALL \
         SELECT d.amount, 0 FROM draws d \
         JOIN contracts c ON c.id = d.contract_id JOIN applications a ON a.id = c.application_id \
         WHERE d.state IN ('requested', 'sent'){conditions}) AS business"
    );
    let row = tx.one(&sql, &[]).await?;
    row.map_or(Ok(Exposure::default()), |row| {
        Ok(Exposure {
            outstanding: row.int(0)?,
            overdue: row.int(1)?,
        })
    })
}
