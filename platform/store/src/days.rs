//! End of day: sets of loans, one slice a transaction.
//!
//! The order within a slice matters: post what accrued, add it to the loans,
//! then let what stayed unpaid past its day become overdue, then let what
//! falls due on the next day become due. Interest for a loan counts from its
//! first day and never for its last (算头不算尾), on 360 days a year.

use db::{DbError, Dialect, Row, Tx, V};

/// One business day's run.
#[derive(Debug, Clone)]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub business_date: String,
    /// `running` or `done`.
    pub state: String,
    /// The last loan that is done.
    pub cursor: String,
    /// Loans that accrued.
    pub accrued: i64,
    /// Instalments that fell due.
    pub due: i64,
    /// Loans that are overdue.
    pub overdue: i64,
}

const COLUMNS: &str = "business_date, state, cursor, accrued, due, overdue";

fn read(row: &Row) -> Result<Day, DbError> {
    Ok(Day {
        business_date: row.text(0)?.to_owned(),
        state: row.text(1)?.to_owned(),
        cursor: row.text(2)?.to_owned(),
        accrued: row.int(3)?,
        due: row.int(4)?,
        overdue: row.int(5)?,
    })
}

/// The run of a date, held until the transaction ends.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, business_date: &str) -> Result<Option<Day>, DbError> {
    let sql = crate::locking(
        tx,
        &format!("SELECT {COLUMNS} FROM days WHERE business_date = $1"),
    );
    tx.one(&sql, &[business_date.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// The newest run.
///
/// # Errors
/// Any [`DbError`].
pub async fn newest(tx: &mut Tx) -> Result<Option<Day>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM days ORDER BY business_date DESC LIMIT 1");
    tx.one(&sql, &[]).await?.map(|row| read(&row)).transpose()
}

/// Opens the run of a date; a second caller finds it open already.
///
/// # Errors
/// Any [`DbError`].
pub async fn open(tx: &mut Tx, business_date: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO days (business_date, state, cursor, accrued, due, overdue, started_at) \
         VALUES ($1, 'running', '', 0, 0, 0, $2) ON CONFLICT (business_date) DO NOTHING",
        &[business_date.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Ends the run of a date.
///
/// # Errors
/// Any [`DbError`].
pub async fn finish(tx: &mut Tx, business_date: &str, at: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE days SET state = 'done', finished_at = $2 WHERE business_date = $1",
        &[business_date.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// The last loan of the next slice of at most `most` loans, or `None` at the end.
///
/// On PostgreSQL this keeps other writers off the loans until the slice
/// commits: the statements of a slice must all see the same rows. The lock is
/// one that `SELECT … FOR UPDATE` waits for too: a repayment that held its row
/// and then waited for the table would be a deadlock.
///
/// # Errors
/// Any [`DbError`].
pub async fn next_slice(tx: &mut Tx, cursor: &str, most: i64) -> Result<Option<String>, DbError> {
    if tx.dialect() == Dialect::Postgres {
        tx.batch("LOCK TABLE loans IN EXCLUSIVE MODE").await?;
    }
    let row = tx
        .one(
            "SELECT MAX(id) FROM (SELECT id FROM loans WHERE id > $1 AND state <> 'settled' \
             ORDER BY id LIMIT $2) slice",
            &[cursor.into(), most.into()],
        )
        .await?;
    row.map_or(Ok(None), |row| Ok(row.opt_text(0)?.map(str::to_owned)))
}

/// One slice of one day.
#[derive(Debug)]
pub struct Slice<'a> {
    /// Loans after this one …
    pub after: &'a str,
    /// … up to this one.
    pub upto: &'a str,
    /// Days since 1970-01-01.
    pub day: i64,
    /// The same as `YYYY-MM-DD`.
    pub business_date: &'a str,
    /// Microseconds.
    pub at: i64,
}

/// What accrues, as SQL: name of the entries, accounts, and numerator over 360,000,000.
struct Accrual {
    kind: &'static str,
    prefix: &'static str,
    receivable: &'static str,
    income: &'static str,
    numerator: &'static str,
}

const INTEREST: Accrual = Accrual {
    kind: "accrual",
    prefix: "acc",
    receivable: "interest_receivable",
    income: "interest_income",
    numerator: "((principal - overdue_principal) * rate_ppm * ($3 + 1 - accrued_to) + interest_carry)",
};

/// Penalty interest at one and a half times the rate, on overdue components only.
const PENALTY: Accrual = Accrual {
    kind: "penalty",
    prefix: "pen",
    receivable: "penalty_receivable",
    income: "penalty_income",
    numerator: "((overdue_principal + overdue_interest) * (rate_ppm * 3 / 2) * ($3 + 1 - accrued_to) + penalty_carry)",
};

const IN_SLICE: &str = "id > $1 AND id <= $2 AND accrued_to <= $3 AND state <> 'settled'";

/// Accrues one slice; says how many loans.
///
/// # Errors
/// Any [`DbError`].
pub async fn accrue(tx: &mut Tx, slice: &Slice<'_>) -> Result<u64, DbError> {
    for accrual in [&INTEREST, &PENALTY] {
        post(tx, slice, accrual).await?;
    }
    let (interest, penalty) = (INTEREST.numerator, PENALTY.numerator);
    let sql = format!(
        "UPDATE loans SET interest = interest + {interest} / 360000000, interest_carry = {interest} % 360000000, \
         penalty = penalty + {penalty} / 360000000, penalty_carry = {penalty} % 360000000, \
         accrued_to = $3 + 1 WHERE {IN_SLICE}"
    );
    tx.exec(&sql, &[slice.after.into(), slice.upto.into(), slice.day.into()])
        .await
}

async fn post(tx: &mut Tx, slice: &Slice<'_>, accrual: &Accrual) -> Result<(), DbError> {
    let Accrual {
        kind,
        prefix,
        receivable,
        income,
        numerator,
    } = accrual;
    let entries = format!(
        "INSERT INTO entries (id, kind, reference, business_date, created_at) \
         SELECT '{prefix}_' || $4 || '_' || substr(id, 5), '{kind}', id, $4, $5 FROM loans \
         WHERE {IN_SLICE} AND {numerator} >= 360000000"
    );
    let common: [V<'_>; 4] = [
        slice.after.into(),
        slice.upto.into(),
        slice.day.into(),
        slice.business_date.into(),
    ];
    let [after, upto, day, date] = common;
    if tx
        .exec(&entries, &[after, upto, day, date, slice.at.into()])
        .await?
        == 0
    {
        return Ok(());
    }
    let postings = format!(
        "INSERT INTO postings (entry_id, line, account, firm_id, loan_id, currency, debit, credit) \
         SELECT '{prefix}_' || $4 || '_' || substr(id, 5), line, \
         CASE line WHEN 1 THEN '{receivable}' ELSE '{income}' END, firm_id, id, currency, \
         CASE line WHEN 1 THEN {numerator} / 360000000 ELSE 0 END, \
         CASE line WHEN 2 THEN {numerator} / 360000000 ELSE 0 END \
         FROM loans CROSS JOIN (SELECT 1 AS line UNION ALL SELECT 2) lines \
         WHERE {IN_SLICE} AND {numerator} >= 360000000"
    );
    tx.exec(&postings, &common).await?;
    Ok(())
}

/// What fell due on this day or before and is not paid becomes overdue.
///
/// # Errors
/// Any [`DbError`].
pub async fn mark_overdue(tx: &mut Tx, slice: &Slice<'_>) -> Result<(), DbError> {
    let bounds: [V<'_>; 3] = [slice.after.into(), slice.upto.into(), slice.day.into()];
    tx.exec(
        "UPDATE instalments SET state = 'overdue' WHERE state = 'due' AND due_day <= $3 AND loan_id IN \
         (SELECT id FROM loans WHERE id > $1 AND id <= $2 AND next_due_day <= $3)",
        &bounds,
    )
    .await?;
    tx.exec(
        "UPDATE loans SET \
         overdue_principal = (SELECT CAST(COALESCE(SUM(i.principal - i.principal_paid), 0) AS BIGINT) \
           FROM instalments i WHERE i.loan_id = loans.id AND i.state = 'overdue'), \
         overdue_interest = (SELECT CAST(COALESCE(SUM(i.interest - i.interest_paid), 0) AS BIGINT) \
           FROM instalments i WHERE i.loan_id = loans.id AND i.state = 'overdue'), \
         state = CASE WHEN EXISTS (SELECT 1 FROM instalments i WHERE i.loan_id = loans.id \
           AND i.state = 'overdue') THEN 'overdue' ELSE state END, \
         next_due_day = COALESCE((SELECT MIN(i.due_day) FROM instalments i WHERE i.loan_id = loans.id \
           AND i.state = 'open'), 9999999) \
         WHERE id > $1 AND id <= $2 AND next_due_day <= $3 AND state <> 'settled'",
        &bounds,
    )
    .await?;
    Ok(())
}

/// What falls due on the next day becomes due, its interest fixed at what has
/// accrued; says how many instalments.
///
/// # Errors
/// Any [`DbError`].
pub async fn mark_due(tx: &mut Tx, slice: &Slice<'_>) -> Result<u64, DbError> {
    tx.exec(
        "UPDATE instalments SET state = 'due', \
         interest = (SELECT l.interest FROM loans l WHERE l.id = instalments.loan_id) \
           - (SELECT CAST(COALESCE(SUM(i.interest - i.interest_paid), 0) AS BIGINT) FROM instalments i \
              WHERE i.loan_id = instalments.loan_id AND i.state IN ('due', 'overdue')) \
         WHERE state = 'open' AND due_day <= $3 + 1 AND loan_id IN \
         (SELECT id FROM loans WHERE id > $1 AND id <= $2 AND next_due_day <= $3 + 1 AND state <> 'settled')",
        &[slice.after.into(), slice.upto.into(), slice.day.into()],
    )
    .await
}

/// Moves the cursor past a slice and adds up its counts.
///
/// # Errors
/// Any [`DbError`].
pub async fn advance(tx: &mut Tx, slice: &Slice<'_>, accrued: u64, due: u64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE days SET cursor = $2, accrued = accrued + $3, due = due + $4, overdue = overdue + \
         (SELECT COUNT(*) FROM loans WHERE id > $5 AND id <= $2 AND state = 'overdue') \
         WHERE business_date = $1",
        &[
            slice.business_date.into(),
            slice.upto.into(),
            V::Int(i64::try_from(accrued).unwrap_or(i64::MAX)),
            V::Int(i64::try_from(due).unwrap_or(i64::MAX)),
            slice.after.into(),
        ],
    )
    .await?;
    Ok(())
}
