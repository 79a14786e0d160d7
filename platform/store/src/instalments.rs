//! The lines of a loan's schedule.

use db::{DbError, Tx};

/// One instalment as stored. Amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instalment {
    /// From 1.
    pub number: i64,
    /// `YYYY-MM-DD`.
    pub due_date: String,
    /// Days since 1970-01-01.
    pub due_day: i64,
    /// Principal due.
    pub principal: i64,
    /// Interest: a projection until the due date, then what has accrued.
    pub interest: i64,
    /// Principal paid.
    pub principal_paid: i64,
    /// Interest paid.
    pub interest_paid: i64,
    /// `open`, `due`, `overdue` or `paid`.
    pub state: String,
}

/// Inserts one line.
///
/// # Errors
/// Any [`DbError`].
pub async fn insert(tx: &mut Tx, loan_id: &str, line: &Instalment) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO instalments (loan_id, number, due_date, due_day, principal, interest, principal_paid, \
         interest_paid, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            loan_id.into(),
            line.number.into(),
            (&line.due_date).into(),
            line.due_day.into(),
            line.principal.into(),
            line.interest.into(),
            line.principal_paid.into(),
            line.interest_paid.into(),
            (&line.state).into(),
        ],
    )
    .await?;
    Ok(())
}

/// The whole schedule, in order.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_loan(tx: &mut Tx, loan_id: &str) -> Result<Vec<Instalment>, DbError> {
    let rows = tx
        .many(
            "SELECT number, due_date, due_day, principal, interest, principal_paid, interest_paid, state \
             FROM instalments WHERE loan_id = $1 ORDER BY number",
            &[loan_id.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Instalment {
                number: row.int(0)?,
                due_date: row.text(1)?.to_owned(),
                due_day: row.int(2)?,
                principal: row.int(3)?,
                interest: row.int(4)?,
                principal_paid: row.int(5)?,
                interest_paid: row.int(6)?,
                state: row.text(7)?.to_owned(),
            })
        })
        .collect()
}

/// Writes back what was agreed anew about a line that is not due yet; the caller holds the loan.
///
/// # Errors
/// Any [`DbError`].
pub async fn agree_anew(tx: &mut Tx, loan_id: &str, line: &Instalment) -> Result<(), DbError> {
    tx.exec(
        "UPDATE instalments SET principal = $3, interest = $4, state = $5 WHERE loan_id = $1 AND number = $2",
        &[
            loan_id.into(),
            line.number.into(),
            line.principal.into(),
            line.interest.into(),
            (&line.state).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes back what a repayment changed; the caller holds the loan.
///
/// # Errors
/// Any [`DbError`].
pub async fn update(tx: &mut Tx, loan_id: &str, line: &Instalment) -> Result<(), DbError> {
    tx.exec(
        "UPDATE instalments SET interest = $3, principal_paid = $4, interest_paid = $5, state = $6 \
         WHERE loan_id = $1 AND number = $2",
        &[
            loan_id.into(),
            line.number.into(),
            line.interest.into(),
            line.principal_paid.into(),
            line.interest_paid.into(),
            (&line.state).into(),
        ],
    )
    .await?;
    Ok(())
}
