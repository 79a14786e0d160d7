//! Which tables hold a customer's rows, in the order in which they can be deleted, and how each is reached.

/// A table with rows of a customer.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its primary key as one text, parts joined by `/`.
    pub key: &'static str,
    /// Which of its rows are the customer's: `$1` is the firm's id.
    pub of: &'static str,
}

const fn t(name: &'static str, key: &'static str, of: &'static str) -> Table {
    Table { name, key, of }
}

const OF_FIRM: &str = "firm_id = $1";
/// Of consents the index has the last eight digits of the firm's id.
const BY_INDEX: &str = "substr(firm_id, 29) = substr($1, 29) AND firm_id = $1";
const OF_LOAN: &str = "loan_id IN (SELECT id FROM loans WHERE firm_id = $1)";
const OF_APPLICATION: &str = "application_id IN (SELECT id FROM applications WHERE firm_id = $1)";

/// Children before their parents: a row is found through rows that are still there when it goes.
pub const OF_A_CUSTOMER: &[Table] = &[
    t("renewals", "id", OF_FIRM),
    t("repayments", "id", OF_LOAN),
    t("instalments", "loan_id || '/' || CAST(number AS TEXT)", OF_LOAN),
    t("loans", "id", OF_FIRM),
    t("draws", "id", OF_FIRM),
    t("contracts", "id", OF_FIRM),
    t("approvals", "application_id || '/' || officer", OF_APPLICATION),
    t("diligence_tasks", "id", OF_APPLICATION),
    t("offers", "id", OF_APPLICATION),
    t("decisions", "id", OF_APPLICATION),
    t("pulls", "id", OF_APPLICATION),
    t("applications", "id", OF_FIRM),
    t("consents", "id", BY_INDEX),
    t("firms", "id", "id = $1"),
];

/// Effects that were promised: payments and notices.
pub const OUTBOX: &str = "outbox";

/// Answers to requests, for those who repeat them.
pub const IDEMPOTENCY: &str = "idempotency";

/// Tables that name a customer in texts, without a foreign key: what stands in them is found by the ids.
pub const BY_TEXT: &[&str] = &[OUTBOX, IDEMPOTENCY];

/// Where tokens of customers stay, and nothing else of them: the ledger, who did what, and evidence.
pub const KEPT_IN_PLACE: &[&str] = &[
    "entries",
    "postings",
    "audit",
    "evidence_leaves",
    "proposals",
    "verdicts",
    "recovery_settled",
    "exits",
    "exit_rows",
];

/// Tables that know no customer.
pub const OF_NO_CUSTOMER: &[&str] = &[
    "days",
    "reveals",
    "evidence_heads",
    "evidence_checkpoints",
    "recovery_identity",
    "intake_gate",
    "intake_history",
    "intake_doubts",
    "intake_credential",
    "accounts",
    "sessions",
    "attempts",
    "account_sources",
    "deputies",
    "schema_migrations",
    "analytics_intake",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_of_the_data_map_is_in_one_of_the_lists() {
        let map: BTreeSet<&str> = store::data_map::COLUMNS
            .iter()
            .map(|column| column.table)
            .collect();
        let names = OF_A_CUSTOMER.iter().map(|table| table.name);
        let listed: Vec<&str> = names
            .chain(
                [BY_TEXT, KEPT_IN_PLACE, OF_NO_CUSTOMER]
                    .into_iter()
                    .flatten()
                    .copied(),
            )
            .collect();
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), map);
        assert_eq!(listed.len(), map.len(), "a table is in two lists");
    }
}
