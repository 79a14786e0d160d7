//! Requests for more time for a loan. Inserting one, and its state `granted`,
//! are gated where a closing names renewals; `declined` and `lapsed` end it.

use db::{DbError, Row, Tx};

/// A request as stored.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// Typed id.
    pub id: String,
    /// The loan.
    pub loan_id: String,
    /// The enterprise.
    pub firm_id: String,
    /// `extension` or `renewal`.
    pub kind: String,
    /// Months more, or the term of the new loan.
    pub months: u32,
    /// Whether the guarantor is said to have agreed in writing.
    pub guarantor_agrees: bool,
    /// The loan's last due date when it was asked for, `YYYY-MM-DD`.
    pub old_maturity: String,
    /// The one that it, or the new loan, is to have.
    pub new_maturity: String,
    /// The loan that took over what this one owed.
    pub new_loan_id: Option<String>,
    /// State.
    pub state: String,
    /// Who asked.
    pub asked_by: String,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// Inserts a request in state `requested`.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` while renewals are closed; [`DbError::Constraint`]
/// while another one of the loan waits.
pub async fn insert(tx: &mut Tx, new: &Renewal, digest: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO renewals (id, loan_id, firm_id, kind, months, guarantor_agrees, old_maturity_date, \
         new_maturity_date, state, asked_by, request_digest, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            (&new.id).into(),
            (&new.loan_id).into(),
            (&new.firm_id).into(),
            (&new.kind).into(),
            new.months.into(),
            i64::from(new.guarantor_agrees).into(),
            (&new.old_maturity).into(),
            (&new.new_maturity).into(),
            (&new.state).into(),
            (&new.asked_by).into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

const BY_ID: &str = "SELECT id, loan_id, firm_id, months, guarantor_agrees, old_maturity_date, \
    new_maturity_date, state, asked_by, decided_by, kind, new_loan_id FROM renewals WHERE id = $1";

/// Reads a request.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Renewal>, DbError> {
    tx.one(BY_ID, &[id.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Reads a request and holds it until the transaction ends. Whoever needs its loan holds that first.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Renewal>, DbError> {
    let sql = crate::locking(tx, BY_ID);
    tx.one(&sql, &[id.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

fn read(row: &Row) -> Result<Renewal, DbError> {
    Ok(Renewal {
        id: row.text(0)?.to_owned(),
        loan_id: row.text(1)?.to_owned(),
        firm_id: row.text(2)?.to_owned(),
        months: u32::try_from(row.int(3)?).unwrap_or(u32::MAX),
        guarantor_agrees: row.int(4)? == 1,
        old_maturity: row.text(5)?.to_owned(),
        new_maturity: row.text(6)?.to_owned(),
        state: row.text(7)?.to_owned(),
        asked_by: row.text(8)?.to_owned(),
        decided_by: row.opt_text(9)?.map(str::to_owned),
        kind: row.text(10)?.to_owned(),
        new_loan_id: row.opt_text(11)?.map(str::to_owned),
    })
}

/// The months by which a loan was extended.
///
/// # Errors
/// Any [`DbError`].
pub async fn granted_months(tx: &mut Tx, loan_id: &str) -> Result<u32, DbError> {
    let sql = "SELECT CAST(COALESCE(SUM(months), 0) AS BIGINT) FROM renewals \
               WHERE loan_id = $1 AND state = 'granted' AND kind = 'extension'";
    let row = tx.one(sql, &[loan_id.into()]).await?;
    let months = row.map_or(Ok(0), |row| row.int(0))?;
    Ok(u32::try_from(months).unwrap_or(u32::MAX))
}

/// Writes what was decided, by whom and when.
///
/// # Errors
/// [`DbError::Raised`] `intake_closed` for a yes while renewals are closed.
pub async fn decide(tx: &mut Tx, id: &str, state: &str, by: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE renewals SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
        &[id.into(), state.into(), by.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Writes which loan took over, and until when it runs.
///
/// # Errors
/// Any [`DbError`].
pub async fn taken_over(tx: &mut Tx, id: &str, new_loan_id: &str, maturity: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE renewals SET new_loan_id = $2, new_maturity_date = $3 WHERE id = $1",
        &[id.into(), new_loan_id.into(), maturity.into()],
    )
    .await?;
    Ok(())
}

/// Ends the requests on which nobody decided before their loan was settled or its last due date came, at most
/// `most`; says how many. One that somebody decides meanwhile is looked at again, and left.
///
/// # Errors
/// Any [`DbError`].
pub async fn lapse(tx: &mut Tx, today: &str, at: i64, most: i64) -> Result<u64, DbError> {
    tx.exec(
        "UPDATE renewals SET state = 'lapsed', decided_at = $2 WHERE state = 'requested' AND id IN ( \
         SELECT r.id FROM renewals r JOIN loans l ON l.id = r.loan_id WHERE r.state = 'requested' \
         AND (l.state = 'settled' OR l.maturity_date <= $1) LIMIT $3)",
        &[today.into(), at.into(), most.into()],
    )
    .await
}
