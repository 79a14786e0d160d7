//! Who did what to which row: one line for every write.

use db::{DbError, Tx};

/// A line of the audit table.
#[derive(Debug)]
pub struct Line<'a> {
    /// Microseconds.
    pub at: i64,
    /// Name of the principal.
    pub principal: &'a str,
    /// Its role.
    pub role: &'a str,
    /// The verb.
    pub act: &'a str,
    /// The row that it wrote.
    pub reference: &'a str,
}

/// Inserts a line.
///
/// # Errors
/// Any [`DbError`].
pub async fn insert(tx: &mut Tx, line: &Line<'_>) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO audit (at, principal, role, act, reference) VALUES ($1, $2, $3, $4, $5)",
        &[
            line.at.into(),
            line.principal.into(),
            line.role.into(),
            line.act.into(),
            line.reference.into(),
        ],
    )
    .await?;
    Ok(())
}
