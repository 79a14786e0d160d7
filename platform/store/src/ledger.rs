//! Double-entry ledger: entries and their postings, never changed once written.

use db::{DbError, Tx, V};

/// A posting: exactly one of debit and credit is above zero. Fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Account code.
    pub account: String,
    /// Debit.
    pub debit: i64,
    /// Credit.
    pub credit: i64,
}

/// An entry with what all its postings share.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Typed id.
    pub id: &'a str,
    /// `disbursement`, `repayment`, `renewal`, `accrual`, `penalty`, `adjustment` or `reversal`.
    pub kind: &'a str,
    /// What caused it: a draw, a repayment, a loan, an entry.
    pub reference: &'a str,
    /// `YYYY-MM-DD`.
    pub business_date: &'a str,
    /// The entry that this one reverses.
    pub reverses: Option<&'a str>,
    /// The customer.
    pub firm_id: &'a str,
    /// The loan.
    pub loan_id: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// Microseconds.
    pub at: i64,
}

/// Inserts an entry and its postings.
///
/// # Errors
/// [`DbError::Constraint`] when the same business event was posted already.
pub async fn post(tx: &mut Tx, entry: &Entry<'_>, postings: &[Posting]) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO entries (id, kind, reference, business_date, reverses, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            entry.id.into(),
            entry.kind.into(),
            entry.reference.into(),
            entry.business_date.into(),
            entry.reverses.into(),
            entry.at.into(),
        ],
    )
    .await?;
    for (line, posting) in (1_i64..).zip(postings) {
        tx.exec(
            "INSERT INTO postings (entry_id, line, account, firm_id, loan_id, currency, debit, credit) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                entry.id.into(),
                V::Int(line),
                (&posting.account).into(),
                entry.firm_id.into(),
                entry.loan_id.into(),
                entry.currency.into(),
                posting.debit.into(),
                posting.credit.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// An entry as read back for its correction.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its kind.
    pub kind: String,
    /// What caused it.
    pub reference: String,
    /// Its postings.
    pub postings: Vec<Posting>,
    /// The customer.
    pub firm_id: String,
    /// The loan.
    pub loan_id: String,
    /// ISO 4217.
    pub currency: String,
    /// Whether another entry reverses it.
    pub reversed: bool,
}

/// Reads an entry.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Posted>, DbError> {
    let head = tx
        .one("SELECT kind, reference FROM entries WHERE id = $1", &[id.into()])
        .await?;
    let Some(head) = head else { return Ok(None) };
    let reversed = tx
        .one("SELECT id FROM entries WHERE reverses = $1", &[id.into()])
        .await?
        .is_some();
    let rows = tx
        .many(
            "SELECT account, debit, credit, firm_id, loan_id, currency FROM postings \
             WHERE entry_id = $1 ORDER BY line",
            &[id.into()],
        )
        .await?;
    let mut posted = Posted {
        kind: head.text(0)?.to_owned(),
        reference: head.text(1)?.to_owned(),
        postings: Vec::with_capacity(rows.len()),
        firm_id: String::new(),
        loan_id: String::new(),
        currency: String::new(),
        reversed,
    };
    for row in &rows {
        posted.postings.push(Posting {
            account: row.text(0)?.to_owned(),
            debit: row.int(1)?,
            credit: row.int(2)?,
        });
        row.text(3)?.clone_into(&mut posted.firm_id);
        row.text(4)?.clone_into(&mut posted.loan_id);
        row.text(5)?.clone_into(&mut posted.currency);
    }
    Ok(Some(posted))
}
