//! Contracts. Inserting one is gated: by it the bank becomes bound.

use db::{DbError, Tx};

/// A contract as stored.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Typed id.
    pub id: String,
    /// The application that it ends.
    pub application_id: String,
    /// The enterprise.
    pub firm_id: String,
    /// Product.
    pub product: String,
    /// Fen.
    pub limit: i64,
    /// Fen.
    pub drawn: i64,
    /// Parts per million a year.
    pub rate_ppm: i64,
    /// Months.
    pub term_months: u32,
    /// Repayment method.
    pub method: String,
    /// State.
    pub state: String,
}

/// Inserts a contract.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while intake is not open.
pub async fn insert(tx: &mut Tx, new: &Contract, digest: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO contracts (id, application_id, firm_id, product, limit_amount, drawn_amount, rate_ppm, \
         term_months, method, state, request_digest, signed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            (&new.id).into(),
            (&new.application_id).into(),
            (&new.firm_id).into(),
            (&new.product).into(),
            new.limit.into(),
            new.drawn.into(),
            new.rate_ppm.into(),
            new.term_months.into(),
            (&new.method).into(),
            (&new.state).into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a contract.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Contract>, DbError> {
    let row = tx
        .one(
            "SELECT id, application_id, firm_id, product, limit_amount, drawn_amount, rate_ppm, term_months, \
             method, state FROM contracts WHERE id = $1",
            &[id.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Contract {
            id: row.text(0)?.to_owned(),
            application_id: row.text(1)?.to_owned(),
            firm_id: row.text(2)?.to_owned(),
            product: row.text(3)?.to_owned(),
            limit: row.int(4)?,
            drawn: row.int(5)?,
            rate_ppm: row.int(6)?,
            term_months: u32::try_from(row.int(7)?).unwrap_or(u32::MAX),
            method: row.text(8)?.to_owned(),
            state: row.text(9)?.to_owned(),
        })
    })
    .transpose()
}

/// Takes `amount` (fen) from what is left of the limit; false if that is not enough.
/// One statement, so that two draws at once can't both take the same rest.
///
/// # Errors
/// Any [`DbError`].
pub async fn take(tx: &mut Tx, id: &str, amount: i64) -> Result<bool, DbError> {
    let changed = tx
        .exec(
            "UPDATE contracts SET drawn_amount = drawn_amount + $2 \
             WHERE id = $1 AND state = 'signed' AND limit_amount - drawn_amount >= $2",
            &[id.into(), amount.into()],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives back what a failed draw took.
///
/// # Errors
/// Any [`DbError`].
pub async fn give_back(tx: &mut Tx, id: &str, amount: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE contracts SET drawn_amount = drawn_amount - $2 WHERE id = $1",
        &[id.into(), amount.into()],
    )
    .await?;
    Ok(())
}

/// Whether a firm has, or had, a contract.
///
/// # Errors
/// Any [`DbError`].
pub async fn any_of_firm(tx: &mut Tx, firm_id: &str) -> Result<bool, DbError> {
    let sql = "SELECT id FROM contracts WHERE firm_id = $1 LIMIT 1";
    Ok(tx.one(sql, &[firm_id.into()]).await?.is_some())
}
