//! Registered enterprises.

use db::{Db, DbError, Dialect, Tx};
use vault::Sealed;

/// A new row; every identifying field sealed.
#[derive(Debug)]
pub struct NewFirm<'a> {
    /// Typed id.
    pub id: &'a str,
    /// Sealed credit code.
    pub credit_code: &'a Sealed<String>,
    /// Blind index of the credit code: one enterprise registers once.
    pub credit_code_index: &'a [u8],
    /// Sealed name.
    pub name: &'a Sealed<String>,
    /// Sealed name of the contact.
    pub contact: &'a Sealed<String>,
    /// Sealed identity number of the contact.
    pub contact_id: &'a Sealed<String>,
    /// Sealed mobile number.
    pub phone: &'a Sealed<String>,
    /// Sealed settlement account.
    pub account: &'a Sealed<String>,
    /// GB/T 2260.
    pub region: &'a str,
    /// GB/T 4754.
    pub industry: &'a str,
    /// Digest of the request that wrote the row.
    pub digest: &'a str,
    /// Microseconds.
    pub at: i64,
}

/// What use cases read of a firm; sealed where it identifies.
#[derive(Debug, Clone)]
pub struct Firm {
    /// Sealed credit code.
    pub credit_code: Sealed<String>,
    /// Sealed name.
    pub name: Sealed<String>,
    /// Sealed name of the contact.
    pub contact: Sealed<String>,
    /// Sealed mobile number.
    pub phone: Sealed<String>,
    /// Sealed identity number of the contact.
    pub contact_id: Sealed<String>,
    /// Sealed settlement account.
    pub account: Sealed<String>,
    /// GB/T 2260.
    pub region: String,
    /// GB/T 4754.
    pub industry: String,
}

/// Inserts a firm.
///
/// # Errors
/// [`DbError::Constraint`] when the credit code is registered already.
pub async fn insert(tx: &mut Tx, firm: &NewFirm<'_>) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, \
         contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            firm.id.into(),
            firm.credit_code.as_bytes().into(),
            firm.credit_code_index.into(),
            firm.name.as_bytes().into(),
            firm.contact.as_bytes().into(),
            firm.contact_id.as_bytes().into(),
            firm.phone.as_bytes().into(),
            firm.account.as_bytes().into(),
            firm.region.into(),
            firm.industry.into(),
            firm.digest.into(),
            firm.at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a firm.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Firm>, DbError> {
    let row = tx
        .one(
            "SELECT credit_code_sealed, contact_id_sealed, account_sealed, region, industry, \
             name_sealed, contact_sealed, phone_sealed FROM firms WHERE id = $1",
            &[id.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Firm {
            credit_code: Sealed::from_bytes(row.bytes(0)?.to_vec()),
            contact_id: Sealed::from_bytes(row.bytes(1)?.to_vec()),
            account: Sealed::from_bytes(row.bytes(2)?.to_vec()),
            name: Sealed::from_bytes(row.bytes(5)?.to_vec()),
            contact: Sealed::from_bytes(row.bytes(6)?.to_vec()),
            phone: Sealed::from_bytes(row.bytes(7)?.to_vec()),
            region: row.text(3)?.to_owned(),
            industry: row.text(4)?.to_owned(),
        })
    })
    .transpose()
}

/// The first and the last firm by id, which is by time.
///
/// # Errors
/// Any [`DbError`].
pub async fn first_and_last(db: &Db) -> Result<Option<(String, String)>, DbError> {
    // Apart, so that each is one step into the key's tree.
    let sql = "SELECT (SELECT MIN(id) FROM firms), (SELECT MAX(id) FROM firms)";
    let Some(row) = db.one(sql, &[]).await? else {
        return Ok(None);
    };
    Ok(row
        .opt_text(0)?
        .zip(row.opt_text(1)?)
        .map(|(first, last)| (first.to_owned(), last.to_owned())))
}

/// Holds a firm until the transaction ends, so that what two transactions decide about
/// all of its consents is decided one after the other.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    // SQLite has one writer at a time anyway.
    if tx.dialect() == Dialect::Postgres {
        tx.exec(
            "SELECT 1 FROM firms WHERE id = $1 FOR NO KEY UPDATE",
            &[id.into()],
        )
        .await?;
    }
    Ok(())
}

/// Puts something in the place of a firm's blind index that says nothing of its credit code, so that
/// whoever knows a code no longer finds that this firm was here. `nothing` must be the firm's own.
///
/// # Errors
/// Any [`DbError`].
pub async fn unlink(tx: &mut Tx, id: &str, nothing: &[u8]) -> Result<(), DbError> {
    tx.exec(
        "UPDATE firms SET credit_code_index = $2 WHERE id = $1",
        &[id.into(), nothing.into()],
    )
    .await?;
    Ok(())
}

/// Which of these ids are firms.
///
/// # Errors
/// Any [`DbError`].
pub async fn known(tx: &mut Tx, ids: &[String]) -> Result<Vec<String>, DbError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT id FROM firms WHERE id IN (SELECT value FROM json_each($1))",
        Dialect::Postgres => "SELECT id FROM firms WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))",
    };
    let ids = serde_json::Value::from(ids).to_string();
    let rows = tx.many(sql, &[(&ids).into()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}
