//! What else is to be known of every column: level, grade, business, retention, and the key that seals it.
//!
//! A table has one row here, which holds for its columns unless [`EXCEPTIONS`] says otherwise; what a
//! column's class alone decides, its class decides. A table without a row fails the build and the start,
//! as a column without a class does.

use vault::Category;
use vault::data_map::{Business, Class, Column, Grade, Labels, Level, Retention};

use crate::sealed;

use Business::{
    Analytics, Application, Assessment, Consent, Contract, Customer, Ledger, Lending, Operation, Oversight,
};
use Retention::{
    Brief, CreditFile, Derived, Evidence, Identification, Keys, Logs, RawAnswer, Supply, Transaction,
};

/// A table's labels.
struct Table {
    name: &'static str,
    business: Business,
    retention: Retention,
    /// Whether its amounts and states tell of one customer's finances once the customer's token is
    /// known: then even its internal columns are of level 3 and sensitive.
    of_a_customer: bool,
}

const fn t(name: &'static str, business: Business, retention: Retention, of_a_customer: bool) -> Table {
    Table {
        name,
        business,
        retention,
        of_a_customer,
    }
}

const TABLES: &[Table] = &[
    t("firms", Customer, Identification, false),
    t("consents", Consent, Supply, false),
    t("applications", Application, CreditFile, true),
    t("pulls", Assessment, Supply, false),
    t("decisions", Assessment, CreditFile, true),
    t("offers", Assessment, CreditFile, true),
    t("diligence_tasks", Assessment, CreditFile, false),
    t("approvals", Assessment, CreditFile, false),
    t("contracts", Contract, CreditFile, true),
    t("draws", Lending, Transaction, true),
    t("loans", Lending, Transaction, true),
    t("instalments", Lending, Transaction, true),
    t("repayments", Lending, Transaction, true),
    t("renewals", Lending, CreditFile, true),
    t("entries", Ledger, Retention::Ledger, false),
    t("postings", Ledger, Retention::Ledger, true),
    t("days", Ledger, Retention::Ledger, false),
    t("outbox", Operation, Logs, false),
    t("idempotency", Operation, Brief, true),
    t("audit", Oversight, Logs, false),
    t("reveals", Oversight, Logs, false),
    t("recovery_identity", Operation, Evidence, false),
    t("recovery_settled", Operation, Evidence, false),
    t("exits", Oversight, Evidence, false),
    t("exit_rows", Oversight, Evidence, false),
    t("evidence_leaves", Oversight, Evidence, false),
    t("evidence_heads", Oversight, Evidence, false),
    t("evidence_checkpoints", Oversight, Evidence, false),
    t("accounts", Operation, Evidence, false),
    t("sessions", Operation, Brief, false),
    t("attempts", Operation, Brief, false),
    t("account_sources", Operation, Logs, false),
    t("proposals", Oversight, Evidence, false),
    t("verdicts", Oversight, Evidence, false),
    t("deputies", Oversight, Evidence, false),
    t("intake_gate", Operation, Evidence, false),
    t("intake_history", Operation, Evidence, false),
    t("intake_doubts", Operation, Evidence, false),
    t("intake_credential", Operation, Evidence, false),
    t("vault_state", Operation, Derived, false),
    t("vault_keks", Operation, Keys, false),
    t("vault_keys", Operation, Keys, false),
    t("vault_destroyed", Oversight, Evidence, false),
    t("vault_instances", Operation, Brief, false),
    t("vault_indexes", Operation, Keys, false),
    t("saga_sagas", Operation, Evidence, false),
    t("saga_entries", Operation, Evidence, false),
    t("schema_migrations", Operation, Derived, false),
    t("analytics_intake", Analytics, Derived, false),
];

/// Columns that are kept otherwise than their table.
const EXCEPTIONS: &[(&str, &str, Retention)] = &[
    // Who the parties are: customer identification.
    ("applications", "applicant_sealed", Identification),
    ("applications", "applicant_id_sealed", Identification),
    ("applications", "phone_sealed", Identification),
    ("applications", "address_sealed", Identification),
    ("applications", "tax_number_sealed", Identification),
    ("pulls", "answer_sealed", RawAnswer),
];

/// A column's labels; `None` if its table has no row.
#[must_use]
pub fn of(column: &Column) -> Option<Labels> {
    let table = TABLES.iter().find(|table| table.name == column.table)?;
    let exception = EXCEPTIONS
        .iter()
        .find(|(name, field, _)| (*name, *field) == (column.table, column.column));
    let (level, grade) = protection(column.class, table.of_a_customer);
    Some(Labels {
        level,
        grade,
        business: table.business,
        retention: exception.map_or(table.retention, |(.., retention)| *retention),
        sealed_under: sealed_under(column),
    })
}

/// JR/T 0197 puts C3 on level 4, C2 on 3 and C1 on 2; what only the bank itself needs is on 2, what is
/// meant for everybody on 1. Nothing here is core or important data: one bank's lending to small firms is
/// neither on its own, and an authority that says otherwise changes this table.
fn protection(class: Class, of_a_customer: bool) -> (Level, Grade) {
    match class {
        Class::C3 => (Level::L4, Grade::Sensitive),
        Class::C2 => (Level::L3, Grade::Sensitive),
        Class::C1 => (Level::L2, Grade::Sensitive),
        Class::Internal if of_a_customer => (Level::L3, Grade::Sensitive),
        Class::Internal => (Level::L2, Grade::General),
        Class::Public => (Level::L1, Grade::General),
    }
}

fn sealed_under(column: &Column) -> Option<Category> {
    let found = sealed::ALL
        .iter()
        .find(|sealed| (sealed.table, sealed.column) == (column.table, column.column));
    found.map(|sealed| sealed.category)
}

/// Tables that the map classes columns of and that have no labels.
#[must_use]
pub fn unlabelled(map: &[Column]) -> Vec<&'static str> {
    let mut tables: Vec<&'static str> = map
        .iter()
        .filter(|column| of(column).is_none())
        .map(|column| column.table)
        .collect();
    tables.dedup();
    tables
}
