//! Schema, data map and repositories of the lending service.
//!
//! [`schema`] holds the migrations and checks the live schema against
//! [`data_map`] and its [`labels`]; [`analytics`] is the generalised view; [`order`] puts
//! what is ordered at the machine on record. One module per table follows; each takes the caller's
//! transaction and knows no rule of the business. What customers told us
//! arrives sealed and leaves sealed; [`sealed`] says under which key.
//!
//! **Invariant**: nothing here opens a transaction or unseals a field.

pub mod analytics;
pub mod applications;
pub mod approvals;
pub mod audit;
pub mod consents;
pub mod contracts;
pub mod data_map;
pub mod days;
pub mod decisions;
pub mod draws;
pub mod exposure;
pub mod firms;
pub mod idempotency;
pub mod instalments;
pub mod labels;
pub mod ledger;
pub mod loans;
pub mod offers;
pub mod order;
pub mod outbox;
pub mod parked;
pub mod pulls;
pub mod recovery;
pub mod renewals;
pub mod repayments;
pub mod reveals;
pub mod samples;
pub mod schema;
pub mod sealed;
pub mod standing;
pub mod tasks;

/// `FOR UPDATE` where rows are locked one by one; SQLite has one writer and needs none.
pub(crate) fn locking(tx: &db::Tx, sql: &str) -> String {
    match tx.dialect() {
        db::Dialect::Sqlite => sql.to_owned(),
        db::Dialect::Postgres => format!("{sql} FOR UPDATE"),
    }
}
