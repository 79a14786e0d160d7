//! Repayments as booked.

use db::{DbError, Tx};

/// A repayment as stored. Amounts in fen.
#[derive(Debug, Clone)]
pub struct Repayment {
    /// Typed id.
    pub id: String,
    /// The loan.
    pub loan_id: String,
    /// `repayment`, `payoff`, or `renewal`: taken over by a new loan.
    pub kind: String,
    /// Sum.
    pub amount: i64,
    /// Part that paid principal.
    pub principal: i64,
    /// Part that paid interest.
    pub interest: i64,
    /// Part that paid penalty interest.
    pub penalty: i64,
    /// `booked` or `reversed`.
    pub state: String,
}

/// Inserts a repayment.
///
/// # Errors
/// Any [`DbError`].
pub async fn insert(
    tx: &mut Tx,
    new: &Repayment,
    business_date: &str,
    digest: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO repayments (id, loan_id, kind, amount, principal, interest, penalty, state, \
         business_date, request_digest, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            (&new.id).into(),
            (&new.loan_id).into(),
            (&new.kind).into(),
            new.amount.into(),
            new.principal.into(),
            new.interest.into(),
            new.penalty.into(),
            (&new.state).into(),
            business_date.into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The newest 200 repayments of a loan, oldest first: a statement's bound.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_loan(tx: &mut Tx, loan_id: &str) -> Result<Vec<Repayment>, DbError> {
    let rows = tx
        .many(
            "SELECT id, loan_id, kind, amount, principal, interest, penalty, state FROM repayments \
             WHERE loan_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200",
            &[loan_id.into()],
        )
        .await?;
    rows.iter()
        .rev()
        .map(|row| {
            Ok(Repayment {
                id: row.text(0)?.to_owned(),
                loan_id: row.text(1)?.to_owned(),
                kind: row.text(2)?.to_owned(),
                amount: row.int(3)?,
                principal: row.int(4)?,
                interest: row.int(5)?,
                penalty: row.int(6)?,
                state: row.text(7)?.to_owned(),
            })
        })
        .collect()
}

/// Whether a new loan took it over, so that no money came in.
///
/// # Errors
/// Any [`DbError`].
pub async fn is_taken_over(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    let sql = "SELECT id FROM repayments WHERE id = $1 AND kind = 'renewal'";
    Ok(tx.one(sql, &[id.into()]).await?.is_some())
}

/// Marks a repayment as reversed.
///
/// # Errors
/// Any [`DbError`].
pub async fn reversed(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE repayments SET state = 'reversed' WHERE id = $1",
        &[id.into()],
    )
    .await?;
    Ok(())
}
