//! Every payment and every repayment is booked exactly once, and for its amount.

use super::check::AT_MOST;
use super::orphans;
use crate::purged::Purged;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// A question to the database whose every row is a finding: the word for it,
/// what is being read, and a query for subject and detail.
type Question = (&'static str, &'static str, &'static str);

const QUESTIONS: &[Question] = &[
    (
        "draw-without-loan",
        "paid draws and their loans",
        "SELECT draws.id, 'paid, and its loan is ' || COALESCE(CAST(loans.amount AS TEXT), 'missing')
         FROM draws LEFT JOIN loans ON loans.draw_id = draws.id
         WHERE draws.state = 'paid' AND (loans.id IS NULL OR loans.amount <> draws.amount)",
    ),
    (
        "loan-without-payment",
        "loans and their draws",
        "SELECT loans.id, 'its draw is ' || COALESCE(draws.state, 'missing')
         FROM loans LEFT JOIN draws ON draws.id = loans.draw_id
         LEFT JOIN renewals ON renewals.new_loan_id = loans.id AND renewals.kind = 'renewal'
           AND renewals.state = 'granted'
         WHERE (draws.state IS NULL OR draws.state <> 'paid')
         AND (loans.draw_id IS NOT NULL OR renewals.id IS NULL)",
    ),
    (
        "renewal-without-loan",
        "granted renewals, their loans and what these took over",
        "SELECT renewals.id, 'granted, took over ' || COALESCE(CAST(repayments.amount AS TEXT), 'nothing')
           || ', its loan is ' || COALESCE(CAST(loans.amount AS TEXT), 'missing')
         FROM renewals LEFT JOIN loans ON loans.id = renewals.new_loan_id AND loans.draw_id IS NULL
         LEFT JOIN repayments ON repayments.loan_id = renewals.loan_id AND repayments.kind = 'renewal'
         WHERE renewals.kind = 'renewal' AND renewals.state = 'granted'
         AND (loans.amount IS NULL OR repayments.amount IS NULL OR loans.amount <> repayments.amount
           OR repayments.amount <> repayments.principal)",
    ),
    (
        "renewal-not-once",
        "granted renewals and their entries",
        "SELECT renewals.id, 'granted, with ' || CAST(COUNT(entries.id) AS TEXT) || ' entries'
         FROM renewals LEFT JOIN entries ON entries.reference = renewals.id AND entries.kind = 'renewal'
         WHERE renewals.kind = 'renewal' AND renewals.state = 'granted'
         GROUP BY renewals.id HAVING COUNT(entries.id) <> 1",
    ),
    (
        "taken-over-without-renewal",
        "loans that were taken over",
        "SELECT repayments.id, 'taken over, and no renewal of its loan is granted'
         FROM repayments LEFT JOIN renewals ON renewals.loan_id = repayments.loan_id
           AND renewals.kind = 'renewal' AND renewals.state = 'granted'
         WHERE repayments.kind = 'renewal' AND renewals.id IS NULL",
    ),
    (
        "transfer-open",
        "transfers between loans",
        "SELECT firm_id, currency || ': ' || CAST(SUM(debit) - SUM(credit) AS TEXT) || ' fen passed to no loan'
         FROM postings WHERE account = 'renewal_transfer'
         GROUP BY firm_id, currency HAVING SUM(debit) <> SUM(credit)",
    ),
    (
        "disbursement-not-once",
        "paid draws and their entries",
        "SELECT draws.id, 'paid, with ' || CAST(COUNT(entries.id) AS TEXT) || ' disbursement entries'
         FROM draws LEFT JOIN entries ON entries.reference = draws.id AND entries.kind = 'disbursement'
         WHERE draws.state = 'paid' GROUP BY draws.id HAVING COUNT(entries.id) <> 1",
    ),
    (
        "disbursement-amount",
        "amounts of disbursements",
        "SELECT draws.id, 'draw of ' || CAST(draws.amount AS TEXT) || ', booked ' || CAST(SUM(postings.debit) AS TEXT)
         FROM draws JOIN entries ON entries.reference = draws.id AND entries.kind = 'disbursement'
         JOIN postings ON postings.entry_id = entries.id AND postings.account = 'loan_principal'
         GROUP BY draws.id, draws.amount HAVING SUM(postings.debit) <> draws.amount",
    ),
    (
        "repayment-not-once",
        "repayments and their entries",
        "SELECT repayments.id, 'has ' || CAST(COUNT(entries.id) AS TEXT) || ' repayment entries'
         FROM repayments LEFT JOIN entries ON entries.reference = repayments.id AND entries.kind = 'repayment'
         GROUP BY repayments.id HAVING COUNT(entries.id) <> 1",
    ),
    (
        "repayment-amount",
        "amounts of repayments",
        "SELECT repayments.id, 'repaid ' || CAST(repayments.amount AS TEXT) || ', booked '
           || CAST(SUM(postings.credit) AS TEXT)
         FROM repayments JOIN entries ON entries.reference = repayments.id AND entries.kind = 'repayment'
         JOIN postings ON postings.entry_id = entries.id
         GROUP BY repayments.id, repayments.amount HAVING SUM(postings.credit) <> repayments.amount",
    ),
    (
        "repayment-parts",
        "parts of repayments",
        "SELECT id, 'amount ' || CAST(amount AS TEXT) || ', parts sum to '
           || CAST(CAST(principal AS NUMERIC) + interest + penalty AS TEXT)
         FROM repayments WHERE amount <> CAST(principal AS NUMERIC) + interest + penalty",
    ),
    (
        "principal-repaid",
        "repaid principal per loan",
        "SELECT loans.id, 'lent ' || CAST(loans.amount AS TEXT) || ', outstanding '
           || CAST(loans.principal AS TEXT) || ', repaid ' || CAST(COALESCE(paid.principal, 0) AS TEXT)
         FROM loans LEFT JOIN (SELECT loan_id, SUM(principal) AS principal FROM repayments
           WHERE state = 'booked' GROUP BY loan_id) paid ON paid.loan_id = loans.id
         WHERE loans.amount <> loans.principal + COALESCE(paid.principal, 0)",
    ),
    (
        "reversal-not-once",
        "reversals",
        "SELECT reverses, CAST(COUNT(*) AS TEXT) || ' reversals of one entry'
         FROM entries WHERE reverses IS NOT NULL GROUP BY reverses HAVING COUNT(*) > 1",
    ),
    (
        "accrued-twice",
        "accruals per loan and day",
        "SELECT reference, CAST(COUNT(*) AS TEXT) || ' entries `' || kind || '` on ' || business_date
         FROM entries WHERE kind IN ('accrual', 'penalty')
         GROUP BY reference, kind, business_date HAVING COUNT(*) > 1",
    ),
];

pub(super) async fn check(
    source: &mut Source,
    purged: &Purged,
    tally: &mut Tally,
) -> Result<(), DatabaseError> {
    for (name, counted) in [
        (
            "draws_paid",
            "SELECT CAST(COUNT(*) AS TEXT) FROM draws WHERE state = 'paid'",
        ),
        ("repayments", "SELECT CAST(COUNT(*) AS TEXT) FROM repayments"),
        ("loans", "SELECT CAST(COUNT(*) AS TEXT) FROM loans"),
    ] {
        let rows = source.rows(name, counted).await?;
        let count = rows.first().map_or(Ok(0), |row| row.count(0))?;
        tally.checked(count);
        tally.evidence(name, count);
    }
    for (word, what, query) in QUESTIONS {
        for row in source.rows(what, format!("{query} {AT_MOST}")).await? {
            tally.against(word, row.text(0)?, row.text(1)?);
        }
    }
    orphans::check(source, purged, tally).await
}
