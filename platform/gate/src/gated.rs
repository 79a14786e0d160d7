//! What the gate guards, and what was decided not to be guarded.
//!
//! The rule: whatever makes the bank newly bound is gated; whatever carries out,
//! records or ends what it is bound by is existing business (存量) and never is.
//! More time for a loan (续贷, 展期) binds the bank anew and counts as existing
//! business all the same: it is gated, and held back by a closing that names it
//! and by no other ([`Act::only_by_name`]).
//! Every table's insert and every transition of a state has its entry here, so
//! that a new one without a decision is found by [`undecided`].

use Event::{Insert, Raise, Transition};

use crate::scope::Act;

/// A change by which the bank becomes bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gated {
    /// The table.
    pub table: &'static str,
    /// The change.
    pub event: Event,
    /// What scopes call it.
    pub act: Act,
    /// What the bank is bound to by it.
    pub why: &'static str,
}

/// A gated change of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A new row, whatever its state.
    Insert,
    /// A row whose column gets this value and had another.
    Transition {
        /// The column.
        column: &'static str,
        /// Its new value.
        to: &'static str,
    },
    /// A row whose column gets a higher value.
    Raise {
        /// The column.
        column: &'static str,
    },
}

/// A change that is not gated, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotGated {
    /// The table.
    pub table: &'static str,
    /// The change.
    pub event: Spared,
    /// Why it is not.
    pub why: &'static str,
}

/// A change that is not gated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spared {
    /// A new row.
    Insert,
    /// A column that gets this value.
    Transition {
        /// The column.
        column: &'static str,
        /// Its new value.
        to: &'static str,
    },
    /// Any value of this column: nothing in the table can bind.
    Any {
        /// The column.
        column: &'static str,
    },
}

const fn gated(table: &'static str, event: Event, act: Act, why: &'static str) -> Gated {
    Gated {
        table,
        event,
        act,
        why,
    }
}

const fn to(to: &'static str) -> Event {
    Transition { column: "state", to }
}

const fn insert(table: &'static str, why: &'static str) -> NotGated {
    NotGated {
        table,
        event: Spared::Insert,
        why,
    }
}

const fn moves(table: &'static str, to: &'static str, why: &'static str) -> NotGated {
    NotGated {
        table,
        event: Spared::Transition { column: "state", to },
        why,
    }
}

const fn any(table: &'static str, why: &'static str) -> NotGated {
    NotGated {
        table,
        event: Spared::Any { column: "state" },
        why,
    }
}

/// Guarded by a trigger each.
pub const GATED: &[Gated] = &[
    gated("applications", Insert, Act::Application, "new business begins"),
    gated(
        "applications",
        to("approved"),
        Act::Contract,
        "the bank undertakes to contract",
    ),
    gated(
        "applications",
        to("signed"),
        Act::Contract,
        "the application becomes a contract",
    ),
    gated("offers", Insert, Act::Application, "the bank offers terms"),
    gated(
        "contracts",
        Insert,
        Act::Contract,
        "the bank is bound by contract",
    ),
    gated(
        "contracts",
        Raise {
            column: "limit_amount",
        },
        Act::LimitIncrease,
        "the bank is bound to more than was signed",
    ),
    gated("draws", Insert, Act::Draw, "the bank undertakes to pay"),
    gated(
        "draws",
        to("sent"),
        Act::Draw,
        "the payment instruction leaves the bank",
    ),
    gated("renewals", Insert, Act::Renewal, "a loan is to run longer"),
    gated(
        "renewals",
        to("granted"),
        Act::Renewal,
        "the bank is bound for longer",
    ),
];

/// Decided not to be guarded.
pub const NOT_GATED: &[NotGated] = &[
    // Before the bank is bound.
    insert("firms", "knowing an enterprise binds nobody"),
    insert(
        "consents",
        "a consent binds the customer's data, not the bank; it can be revoked",
    ),
    insert("pulls", "part of an application that is gated"),
    any("pulls", "recording an answer that came"),
    insert("decisions", "an assessment; the offer that follows is gated"),
    moves(
        "applications",
        "submitted",
        "the initial state, gated as an insert",
    ),
    moves("applications", "pre_approved", "its offer is gated"),
    moves("applications", "in_review", "waits for a person; binds nobody"),
    moves("applications", "declined", "says no"),
    moves(
        "applications",
        "accepted",
        "the customer's declaration; the bank is bound by approval and contract",
    ),
    moves("applications", "diligence", "looking into it binds nobody"),
    moves("applications", "rejected", "says no"),
    moves("applications", "expired", "ends it"),
    moves("applications", "cancelled", "ends it"),
    moves("offers", "open", "the initial state, gated as an insert"),
    moves(
        "offers",
        "accepted",
        "the customer's declaration; the bank is bound by approval and contract",
    ),
    moves("offers", "expired", "ends it"),
    moves("offers", "withdrawn", "ends it"),
    insert("diligence_tasks", "looking into it binds nobody"),
    any("diligence_tasks", "looking into it binds nobody"),
    insert(
        "approvals",
        "one officer's verdict; the application's move to approved is gated",
    ),
    // Once it is bound.
    moves("contracts", "signed", "the initial state, gated as an insert"),
    moves("contracts", "closed", "ends it"),
    moves("draws", "requested", "the initial state, gated as an insert"),
    moves(
        "draws",
        "paid",
        "the money has left: recording it is existing business",
    ),
    moves(
        "draws",
        "failed",
        "the money has not left, or came back: recording it is existing business",
    ),
    moves("renewals", "requested", "the initial state, gated as an insert"),
    moves("renewals", "declined", "says no"),
    moves("renewals", "lapsed", "ends it"),
    insert("loans", "follows a payment that has been made"),
    any("loans", "repayment, accrual and settlement are existing business"),
    insert("instalments", "the schedule of a loan that was paid out"),
    any("instalments", "repayment and end of day are existing business"),
    insert("repayments", "existing business"),
    any("repayments", "existing business"),
    insert("entries", "books what happened"),
    insert("postings", "books what happened"),
    insert("days", "end of day is existing business"),
    any("days", "end of day is existing business"),
    // What serves both.
    insert(
        "outbox",
        "an effect of a change that had its own decision; money leaves by draws to sent",
    ),
    any("outbox", "delivery of an effect; money leaves by draws to sent"),
    insert("idempotency", "a stored answer"),
    insert("audit", "a record"),
    insert("reveals", "a count of what was shown"),
    insert("recovery_identity", "the database's own name"),
    insert("recovery_settled", "a record"),
    insert("exits", "a record of customers that left"),
    any("exits", "a record of customers that left"),
    insert("exit_rows", "a record of rows that left"),
    insert("evidence_leaves", "a record"),
    insert("accounts", "who may sign in; binds nobody"),
    any("accounts", "who may sign in; binds nobody"),
    insert("sessions", "who has signed in; binds nobody"),
    insert("attempts", "a record"),
    insert("account_sources", "a record"),
    insert("proposals", "what its execution does has a decision of its own"),
    insert("verdicts", "what an execution does has a decision of its own"),
    insert("deputies", "who may approve; what an execution does has its own"),
    insert("evidence_heads", "a record"),
    insert("evidence_checkpoints", "a record"),
    insert("intake_gate", "the gate itself"),
    any("intake_gate", "the gate itself"),
    insert("intake_credential", "who may close"),
    insert("intake_doubts", "a record"),
    insert("intake_history", "a record"),
    any("intake_history", "a record"),
];

/// Changes of the schema that have no decision, as `table: insert` or
/// `table: column -> value`, sorted as given.
#[must_use]
pub fn undecided(tables: &[&str], transitions: &[(&str, &str, &str)]) -> Vec<String> {
    let inserts = tables
        .iter()
        .filter(|table| !insert_decided(table))
        .map(|table| format!("{table}: insert"));
    let moves = transitions
        .iter()
        .filter(|(table, column, to)| !transition_decided(table, column, to))
        .map(|(table, column, to)| format!("{table}: {column} -> {to}"));
    inserts.chain(moves).collect()
}

/// Tables that a decision names and the schema does not have: a rename that
/// left its guard behind.
#[must_use]
pub fn absent(tables: &[&str]) -> Vec<&'static str> {
    let named = GATED
        .iter()
        .map(|entry| entry.table)
        .chain(NOT_GATED.iter().map(|entry| entry.table));
    let mut absent: Vec<&'static str> = named.filter(|table| !tables.contains(table)).collect();
    absent.sort_unstable();
    absent.dedup();
    absent
}

fn insert_decided(table: &str) -> bool {
    GATED
        .iter()
        .any(|entry| entry.table == table && entry.event == Insert)
        || NOT_GATED
            .iter()
            .any(|entry| entry.table == table && entry.event == Spared::Insert)
}

fn transition_decided(table: &str, column: &str, to: &str) -> bool {
    GATED.iter().any(|entry| {
        entry.table == table
            && matches!(entry.event, Transition { column: c, to: t } if (c, t) == (column, to))
    }) || NOT_GATED.iter().any(|entry| {
        entry.table == table
            && match entry.event {
                Spared::Insert => false,
                Spared::Transition { column: c, to: t } => (c, t) == (column, to),
                Spared::Any { column: c } => c == column,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_change_is_both_gated_and_spared() {
        for entry in GATED {
            let both = NOT_GATED.iter().any(|spared| {
                spared.table == entry.table
                    && match (spared.event, entry.event) {
                        (Spared::Insert, Insert) => true,
                        (Spared::Transition { column: a, to: b }, Transition { column, to }) => {
                            (a, b) == (column, to)
                        }
                        (Spared::Any { column: a }, Transition { column, .. } | Raise { column }) => {
                            a == column
                        }
                        _ => false,
                    }
            });
            assert!(!both, "{entry:?}");
        }
    }

    #[test]
    fn names_are_plain_words_as_they_are_written_into_sql() {
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        for entry in GATED {
            assert!(plain(entry.table));
            match entry.event {
                Insert => {}
                Transition { column, to } => assert!(plain(column) && plain(to)),
                Raise { column } => assert!(plain(column)),
            }
        }
    }

    #[test]
    fn a_change_without_a_decision_is_found() {
        let tables = ["applications", "guarantees"];
        let transitions = [
            ("draws", "state", "paid"),
            ("draws", "state", "doubled"),
            ("loans", "state", "x"),
        ];
        assert_eq!(
            undecided(&tables, &transitions),
            ["guarantees: insert", "draws: state -> doubled"]
        );
    }

    #[test]
    fn a_decision_about_a_table_that_is_gone_is_found() {
        let mut tables: Vec<&str> = GATED.iter().map(|entry| entry.table).collect();
        tables.extend(
            NOT_GATED
                .iter()
                .map(|entry| entry.table)
                .filter(|table| *table != "offers"),
        );
        tables.retain(|table| *table != "offers");
        assert_eq!(absent(&tables), ["offers"]);
    }
}
