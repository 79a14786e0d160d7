//! Sub-ledgers and their control accounts: what the loans say is owed, and what
//! the ledger says, in total and loan by loan.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::check::AT_MOST;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// A column of the loans, and its control account (debit-normal).
const CONTROLLED: &[(&str, &str)] = &[
    ("principal", "loan_principal"),
    ("interest", "interest_receivable"),
    ("penalty", "penalty_receivable"),
];

pub(super) async fn check(source: &mut Source, tally: &mut Tally) -> Result<(), DatabaseError> {
    let mut sums = Map::new();
    for (column, account) in CONTROLLED {
        let total = totals(source, column, account, tally).await?;
        sums.insert((*account).to_owned(), total);
        loan_by_loan(source, column, account, tally).await?;
    }
    tally.evidence("control_accounts", sums);
    Ok(())
}

async fn totals(
    source: &mut Source,
    column: &str,
    account: &str,
    tally: &mut Tally,
) -> Result<Value, DatabaseError> {
    let owed = format!("SELECT currency, CAST(SUM({column}) AS TEXT) FROM loans GROUP BY currency");
    let owed = by_currency(source, "what the loans owe", owed).await?;
    let booked = format!(
        "SELECT currency, CAST(SUM(debit) - SUM(credit) AS TEXT) FROM postings
         WHERE account = '{account}' GROUP BY currency"
    );
    let booked = by_currency(source, "control accounts", booked).await?;
    let mut currencies: Vec<&String> = owed.keys().chain(booked.keys()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in &currencies {
        tally.checked(1);
        let of = |sums: &BTreeMap<String, i128>| sums.get(*currency).copied().unwrap_or(0);
        if of(&owed) != of(&booked) {
            let detail = format!(
                "{currency}: the loans' {column} sums to {}, the account to {} fen",
                of(&owed),
                of(&booked)
            );
            tally.against("control-differs", account, detail);
        }
    }
    Ok(booked
        .into_iter()
        .map(|(currency, sum)| (currency, Value::from(sum.to_string())))
        .collect())
}

async fn by_currency(
    source: &mut Source,
    what: &'static str,
    sql: String,
) -> Result<BTreeMap<String, i128>, DatabaseError> {
    let rows = source.rows(what, sql).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.wide(1)?)))
        .collect()
}

/// Totals agree also where one customer's money is booked on another's loan.
async fn loan_by_loan(
    source: &mut Source,
    column: &str,
    account: &str,
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    let loans = source
        .rows("loans", "SELECT CAST(COUNT(*) AS TEXT) FROM loans")
        .await?;
    tally.checked(loans.first().map_or(Ok(0), |row| row.count(0))?);
    let booked = format!(
        "SELECT loan_id, SUM(debit) - SUM(credit) AS balance FROM postings
         WHERE account = '{account}' GROUP BY loan_id"
    );
    let sql = format!(
        "SELECT loans.id, CAST(loans.{column} AS TEXT), CAST(COALESCE(booked.balance, 0) AS TEXT)
         FROM loans LEFT JOIN ({booked}) booked ON booked.loan_id = loans.id
         WHERE loans.{column} <> COALESCE(booked.balance, 0) {AT_MOST}"
    );
    for row in source.rows("loans and their accounts", sql).await? {
        let detail = format!(
            "{column} {} in the loan, {} in {account}",
            row.wide(1)?,
            row.wide(2)?
        );
        tally.against("loan-differs", row.text(0)?, detail);
    }
    let sql = format!(
        "SELECT booked.loan_id, CAST(booked.balance AS TEXT) FROM ({booked}) booked
         WHERE booked.balance <> 0 AND NOT EXISTS (SELECT 1 FROM loans WHERE loans.id = booked.loan_id) {AT_MOST}"
    );
    for row in source.rows("accounts without a loan", sql).await? {
        let detail = format!("{} fen in {account} for a loan that is not there", row.wide(1)?);
        tally.against("loan-differs", row.text(0)?, detail);
    }
    Ok(())
}
