//! Law 3: the books balance.
//!
//! One file per question: `balance` (debits and credits), `control`
//! (sub-ledgers and their control accounts), `documents` (every payment and
//! repayment booked once), `orphans` (entries whose document is gone), `schedule` (instalments), `whole` (money is
//! integers), `immutable` (the ledger can't be changed). `check` asks them all.
//! `accruals` counts what an end of day has posted.

mod accruals;
mod balance;
mod check;
mod control;
mod documents;
mod immutable;
mod orphans;
mod schedule;
mod whole;

pub use accruals::accruals;
pub use check::books_balance;
