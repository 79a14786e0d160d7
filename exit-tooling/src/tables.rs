//! Which tables hold a customer's rows, in the order in which they can be deleted, and how each is reached.

use db::Dialect;

/// A table with rows of customers.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its primary key as one text, parts joined by `/`.
    pub key: &'static str,
    /// Whose a row is, over its columns.
    pub firm: &'static str,
    /// Which of its rows are customers': `{firms}` are their ids.
    of: &'static str,
}

impl Table {
    /// The condition for the rows of the customers in `$1`, which [`json`] makes.
    #[must_use]
    pub fn of(&self, dialect: Dialect) -> String {
        spelled(self.of, dialect)
    }
}

/// Customers that one statement is about: a round trip, and a scan where a table has no index by customer, is paid once
/// for hundreds; their rows fit into memory.
pub const AT_ONCE: usize = 500;

/// Statements with `{firms}` for the ids in `$1`, as a database takes them.
#[must_use]
pub fn spelled(sql: &str, dialect: Dialect) -> String {
    let firms = match dialect {
        Dialect::Sqlite => "SELECT value AS id FROM json_each($1)",
        Dialect::Postgres => "SELECT jsonb_array_elements_text($1::jsonb) AS id",
    };
    sql.replace("{firms}", firms)
}

/// Ids as the one parameter of such a statement: a JSON array.
#[must_use]
pub fn json(firms: &[String]) -> String {
    serde_json::Value::from(firms).to_string()
}

const fn of_firm(name: &'static str) -> Table {
    Table {
        name,
        key: "id",
        firm: "firm_id",
        of: "firm_id IN ({firms})",
    }
}

const fn of_loan(name: &'static str, key: &'static str) -> Table {
    Table {
        name,
        key,
        firm: "(SELECT loans.firm_id FROM loans WHERE loans.id = loan_id)",
        of: "loan_id IN (SELECT loans.id FROM loans WHERE loans.firm_id IN ({firms}))",
    }
}

const fn of_application(name: &'static str, key: &'static str) -> Table {
    Table {
        name,
        key,
        firm: "(SELECT applications.firm_id FROM applications WHERE applications.id = application_id)",
        of: "application_id IN (SELECT applications.id FROM applications WHERE applications.firm_id IN ({firms}))",
    }
}

/// Of consents the index has the last eight digits of the firm's id.
const CONSENTS: Table = Table {
    of: "substr(firm_id, 29) IN (SELECT substr(f.id, 29) FROM ({firms}) f) AND firm_id IN ({firms})",
    ..of_firm("consents")
};

const FIRMS: Table = Table {
    name: "firms",
    key: "id",
    firm: "id",
    of: "id IN ({firms})",
};

/// Children before their parents: a row is found through rows that are still there when it goes.
pub const OF_A_CUSTOMER: &[Table] = &[
    of_firm("renewals"),
    of_loan("repayments", "id"),
    of_loan("instalments", "loan_id || '/' || CAST(number AS TEXT)"),
    of_firm("loans"),
    of_firm("draws"),
    of_firm("contracts"),
    of_application("approvals", "application_id || '/' || officer"),
    of_application("diligence_tasks", "id"),
    of_application("offers", "id"),
    of_application("decisions", "id"),
    of_application("pulls", "id"),
    of_firm("applications"),
    CONSENTS,
    FIRMS,
];

/// Foreign keys that no index of the schema serves: the row that one leads to goes only once every row of the other
/// table was looked at. For the time of a purge each has an index.
pub const WITHOUT_INDEX: &[(&str, &str)] = &[
    ("applications", "firm_id"),
    ("consents", "firm_id"),
    ("draws", "firm_id"),
    ("pulls", "consent_id"),
    ("renewals", "firm_id"),
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
