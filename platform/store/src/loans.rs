//! Loans: what is outstanding, and how far interest has accrued.

use db::{Db, DbError, Row, Tx};

/// A loan as stored. Amounts in fen.
#[derive(Debug, Clone)]
pub struct Loan {
    /// Typed id.
    pub id: String,
    /// The draw that paid it out; nothing where it took over what another loan owed.
    pub draw_id: Option<String>,
    /// The contract.
    pub contract_id: String,
    /// The enterprise.
    pub firm_id: String,
    /// Product.
    pub product: String,
    /// ISO 4217.
    pub currency: String,
    /// State.
    pub state: String,
    /// Lent.
    pub amount: i64,
    /// Parts per million a year.
    pub rate_ppm: i64,
    /// Repayment method.
    pub method: String,
    /// Months that it was made for; extensions come on top (`renewals`).
    pub term_months: u32,
    /// First day, `YYYY-MM-DD`.
    pub start_date: String,
    /// Last due date.
    pub maturity_date: String,
    /// Principal outstanding.
    pub principal: i64,
    /// Interest accrued and unpaid.
    pub interest: i64,
    /// Penalty interest accrued and unpaid.
    pub penalty: i64,
    /// Part of the principal that is overdue.
    pub overdue_principal: i64,
    /// Part of the interest that is overdue.
    pub overdue_interest: i64,
    /// What rounding left of interest, in 1/360,000,000 fen.
    pub interest_carry: i64,
    /// What rounding left of penalty interest.
    pub penalty_carry: i64,
    /// First day (days since 1970-01-01) whose interest has not accrued yet.
    pub accrued_to: i64,
    /// Day of the next instalment.
    pub next_due_day: i64,
}

const COLUMNS: &str = "id, draw_id, contract_id, firm_id, product, currency, state, amount, rate_ppm, method, \
    term_months, start_date, maturity_date, principal, interest, penalty, overdue_principal, overdue_interest, \
    accrued_to, next_due_day, interest_carry, penalty_carry";

/// Inserts a loan.
///
/// # Errors
/// [`DbError::Constraint`] when the draw has a loan already.
pub async fn insert(tx: &mut Tx, new: &Loan) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO loans (id, draw_id, contract_id, firm_id, product, currency, state, amount, rate_ppm, \
         method, term_months, start_date, maturity_date, principal, interest, penalty, overdue_principal, \
         overdue_interest, accrued_to, next_due_day, interest_carry, penalty_carry) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        &[
            (&new.id).into(),
            new.draw_id.as_deref().into(),
            (&new.contract_id).into(),
            (&new.firm_id).into(),
            (&new.product).into(),
            (&new.currency).into(),
            (&new.state).into(),
            new.amount.into(),
            new.rate_ppm.into(),
            (&new.method).into(),
            new.term_months.into(),
            (&new.start_date).into(),
            (&new.maturity_date).into(),
            new.principal.into(),
            new.interest.into(),
            new.penalty.into(),
            new.overdue_principal.into(),
            new.overdue_interest.into(),
            new.accrued_to.into(),
            new.next_due_day.into(),
            new.interest_carry.into(),
            new.penalty_carry.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a loan.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Loan>, DbError> {
    const SQL: &str = "SELECT id, draw_id, contract_id, firm_id, product, currency, state, amount, rate_ppm, \
        method, term_months, start_date, maturity_date, principal, interest, penalty, overdue_principal, \
        overdue_interest, accrued_to, next_due_day, interest_carry, penalty_carry FROM loans WHERE id = $1";
    tx.one(SQL, &[id.into()]).await?.map(|row| read(&row)).transpose()
}

/// What a reader is shown of a loan. Amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// State.
    pub state: String,
    /// Lent.
    pub amount: i64,
    /// Principal outstanding.
    pub principal: i64,
    /// Interest accrued and unpaid.
    pub interest: i64,
    /// Penalty interest accrued and unpaid.
    pub penalty: i64,
    /// Parts per million a year.
    pub rate_ppm: i64,
    /// First day, `YYYY-MM-DD`.
    pub start_date: String,
    /// Last due date.
    pub maturity_date: String,
}

/// Reads what is shown of a loan: the read that customers ask for most, so it
/// takes the columns that are shown and no transaction.
///
/// # Errors
/// Any [`DbError`].
pub async fn outline(db: &Db, id: &str) -> Result<Option<Outline>, DbError> {
    const SQL: &str = "SELECT state, amount, principal, interest, penalty, rate_ppm, start_date, \
        maturity_date FROM loans WHERE id = $1";
    let row = db.one(SQL, &[id.into()]).await?;
    row.map(|row| {
        Ok(Outline {
            state: row.text(0)?.to_owned(),
            amount: row.int(1)?,
            principal: row.int(2)?,
            interest: row.int(3)?,
            penalty: row.int(4)?,
            rate_ppm: row.int(5)?,
            start_date: row.text(6)?.to_owned(),
            maturity_date: row.text(7)?.to_owned(),
        })
    })
    .transpose()
}

/// The loan that a draw became.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_draw(tx: &mut Tx, draw_id: &str) -> Result<Option<String>, DbError> {
    let row = tx
        .one("SELECT id FROM loans WHERE draw_id = $1", &[draw_id.into()])
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Reads a loan and holds it until the transaction ends.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Loan>, DbError> {
    let sql = crate::locking(tx, &format!("SELECT {COLUMNS} FROM loans WHERE id = $1"));
    tx.one(&sql, &[id.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

fn read(row: &Row) -> Result<Loan, DbError> {
    Ok(Loan {
        id: row.text(0)?.to_owned(),
        draw_id: row.opt_text(1)?.map(str::to_owned),
        contract_id: row.text(2)?.to_owned(),
        firm_id: row.text(3)?.to_owned(),
        product: row.text(4)?.to_owned(),
        currency: row.text(5)?.to_owned(),
        state: row.text(6)?.to_owned(),
        amount: row.int(7)?,
        rate_ppm: row.int(8)?,
        method: row.text(9)?.to_owned(),
        term_months: u32::try_from(row.int(10)?).unwrap_or(u32::MAX),
        start_date: row.text(11)?.to_owned(),
        maturity_date: row.text(12)?.to_owned(),
        principal: row.int(13)?,
        interest: row.int(14)?,
        penalty: row.int(15)?,
        overdue_principal: row.int(16)?,
        overdue_interest: row.int(17)?,
        accrued_to: row.int(18)?,
        next_due_day: row.int(19)?,
        interest_carry: row.int(20)?,
        penalty_carry: row.int(21)?,
    })
}

/// Writes the last due date and the next one that an extension brought; the caller holds the row.
///
/// # Errors
/// Any [`DbError`].
pub async fn extend(tx: &mut Tx, id: &str, maturity_date: &str, next_due_day: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE loans SET maturity_date = $2, next_due_day = $3 WHERE id = $1",
        &[id.into(), maturity_date.into(), next_due_day.into()],
    )
    .await?;
    Ok(())
}

/// Writes back what a repayment or a correction changed; the caller holds the row.
///
/// # Errors
/// Any [`DbError`].
pub async fn update(tx: &mut Tx, loan: &Loan, settled_at: Option<i64>) -> Result<(), DbError> {
    tx.exec(
        "UPDATE loans SET state = $2, principal = $3, interest = $4, penalty = $5, overdue_principal = $6, \
         overdue_interest = $7, next_due_day = $8, settled_at = $9, accrued_to = $10, interest_carry = $11, \
         penalty_carry = $12 WHERE id = $1",
        &[
            (&loan.id).into(),
            (&loan.state).into(),
            loan.principal.into(),
            loan.interest.into(),
            loan.penalty.into(),
            loan.overdue_principal.into(),
            loan.overdue_interest.into(),
            loan.next_due_day.into(),
            settled_at.into(),
            loan.accrued_to.into(),
            loan.interest_carry.into(),
            loan.penalty_carry.into(),
        ],
    )
    .await?;
    Ok(())
}
