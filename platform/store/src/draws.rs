//! Draws. Inserting one, and its state `sent` (the instruction leaves the
//! bank), are gated; `paid` and `failed` are existing business.

use db::{DbError, Tx};

/// A draw as stored.
#[derive(Debug, Clone)]
pub struct Draw {
    /// Typed id.
    pub id: String,
    /// The contract.
    pub contract_id: String,
    /// The enterprise.
    pub firm_id: String,
    /// Fen.
    pub amount: i64,
    /// State.
    pub state: String,
}

/// Inserts a draw in state `requested`.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while intake is not open.
pub async fn insert(tx: &mut Tx, new: &Draw, digest: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO draws (id, contract_id, firm_id, amount, state, request_digest, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            (&new.id).into(),
            (&new.contract_id).into(),
            (&new.firm_id).into(),
            new.amount.into(),
            (&new.state).into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a draw.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Draw>, DbError> {
    read(
        tx,
        "SELECT id, contract_id, firm_id, amount, state FROM draws WHERE id = $1",
        id,
    )
    .await
}

/// Reads a draw and holds it until the transaction ends.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Draw>, DbError> {
    let sql = crate::locking(
        tx,
        "SELECT id, contract_id, firm_id, amount, state FROM draws WHERE id = $1",
    );
    read(tx, &sql, id).await
}

async fn read(tx: &mut Tx, sql: &str, id: &str) -> Result<Option<Draw>, DbError> {
    let row = tx.one(sql, &[id.into()]).await?;
    row.map(|row| {
        Ok(Draw {
            id: row.text(0)?.to_owned(),
            contract_id: row.text(1)?.to_owned(),
            firm_id: row.text(2)?.to_owned(),
            amount: row.int(3)?,
            state: row.text(4)?.to_owned(),
        })
    })
    .transpose()
}

/// Marks that the payment instruction leaves the bank.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while intake is not open.
pub async fn sent(tx: &mut Tx, id: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE draws SET state = 'sent', sent_at = $2 WHERE id = $1",
        &[id.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Marks that core banking paid, under its reference.
///
/// # Errors
/// Any [`DbError`].
pub async fn paid(tx: &mut Tx, id: &str, reference: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE draws SET state = 'paid', payment_reference = $2, paid_at = $3 WHERE id = $1",
        &[id.into(), reference.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Marks that core banking refused.
///
/// # Errors
/// Any [`DbError`].
pub async fn failed(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.exec("UPDATE draws SET state = 'failed' WHERE id = $1", &[id.into()])
        .await?;
    Ok(())
}
