//! Applications. Inserting one, and its states `approved` and `signed`, are gated.

use db::{DbError, Tx};
use vault::Sealed;

/// A new row; what the customer told us is sealed.
#[derive(Debug)]
pub struct NewApplication<'a> {
    /// Typed id.
    pub id: &'a str,
    /// The enterprise.
    pub firm_id: &'a str,
    /// Product.
    pub product: &'a str,
    /// Channel.
    pub channel: &'a str,
    /// GB/T 2260.
    pub region: &'a str,
    /// Fen.
    pub amount: i64,
    /// Months.
    pub term_months: u32,
    /// Repayment method.
    pub method: &'a str,
    /// First state.
    pub state: &'a str,
    /// Agreed use of the funds.
    pub use_of_funds: &'a Sealed<String>,
    /// Who applies.
    pub applicant: &'a Sealed<String>,
    /// That person's identity number.
    pub applicant_id: &'a Sealed<String>,
    /// Mobile number.
    pub phone: &'a Sealed<String>,
    /// Business address.
    pub address: &'a Sealed<String>,
    /// Declared yearly turnover, fen.
    pub turnover: &'a Sealed<i64>,
    /// Taxpayer number.
    pub tax_number: &'a Sealed<String>,
    /// Guarantor.
    pub guarantor: Option<&'a Sealed<String>>,
    /// Digest of the request that wrote the row.
    pub digest: &'a str,
    /// Microseconds.
    pub at: i64,
}

/// What use cases read of an application.
#[derive(Debug, Clone)]
pub struct Application {
    /// The enterprise.
    pub firm_id: String,
    /// Product.
    pub product: String,
    /// Fen.
    pub amount: i64,
    /// Months.
    pub term_months: u32,
    /// Repayment method.
    pub method: String,
    /// State.
    pub state: String,
}

/// Inserts an application.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while intake is not open.
pub async fn insert(tx: &mut Tx, new: &NewApplication<'_>) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, state, \
         use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed, \
         turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)",
        &[
            new.id.into(),
            new.firm_id.into(),
            new.product.into(),
            new.channel.into(),
            new.region.into(),
            new.amount.into(),
            new.term_months.into(),
            new.method.into(),
            new.state.into(),
            new.use_of_funds.as_bytes().into(),
            new.applicant.as_bytes().into(),
            new.applicant_id.as_bytes().into(),
            new.phone.as_bytes().into(),
            new.address.as_bytes().into(),
            new.turnover.as_bytes().into(),
            new.tax_number.as_bytes().into(),
            new.guarantor.map(Sealed::as_bytes).into(),
            new.digest.into(),
            new.at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads an application.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Application>, DbError> {
    read(
        tx,
        "SELECT firm_id, product, amount, term_months, method, state FROM applications WHERE id = $1",
        id,
    )
    .await
}

/// Reads an application and holds it until the transaction ends.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Application>, DbError> {
    let sql = crate::locking(
        tx,
        "SELECT firm_id, product, amount, term_months, method, state FROM applications WHERE id = $1",
    );
    read(tx, &sql, id).await
}

async fn read(tx: &mut Tx, sql: &str, id: &str) -> Result<Option<Application>, DbError> {
    let row = tx.one(sql, &[id.into()]).await?;
    row.map(|row| {
        Ok(Application {
            firm_id: row.text(0)?.to_owned(),
            product: row.text(1)?.to_owned(),
            amount: row.int(2)?,
            term_months: u32::try_from(row.int(3)?).unwrap_or(u32::MAX),
            method: row.text(4)?.to_owned(),
            state: row.text(5)?.to_owned(),
        })
    })
    .transpose()
}

/// Moves an application to a state; the caller holds the row and checked the transition.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` for a gated state while intake is not open.
pub async fn set_state(tx: &mut Tx, id: &str, state: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE applications SET state = $2, updated_at = $3 WHERE id = $1",
        &[id.into(), state.into(), at.into()],
    )
    .await?;
    Ok(())
}
