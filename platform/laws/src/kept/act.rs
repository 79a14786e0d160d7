//! What an acknowledged request was, by its method and path, and so what must be in the database.

use super::table::Table;
use crate::journal::Record;

/// One thing that an acknowledgement promised to be in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promise<'j> {
    pub(super) table: Table,
    pub(super) id: &'j str,
    /// Digest of the request that wrote the row, where this request did.
    pub(super) digest: Option<&'j str>,
    pub(super) amount: Option<i64>,
    pub(super) state: Option<&'j str>,
    /// What the row belongs to: a draw's contract, a repayment's loan.
    pub(super) parent: Option<&'j str>,
}

/// The promises of an acknowledged write; none when the path is not one that this audit knows.
pub(super) fn promises(record: &Record) -> Vec<Promise<'_>> {
    let Some(id) = record.answer_id.as_deref() else {
        return Vec::new();
    };
    let path: Vec<&str> = record.path.split('/').skip(1).collect();
    let digest = Some(record.body_digest.as_str());
    let amount = record.amount;
    let state = record.state.as_deref();
    let row = |table| Promise {
        table,
        id,
        digest,
        amount,
        state,
        parent: None,
    };
    // A verb on an application leaves no digest of its own in the row.
    let moved = |application| Promise {
        digest: None,
        parent: None,
        id: application,
        ..row(Table::Applications)
    };
    if record.method != "POST" {
        return Vec::new();
    }
    match path.as_slice() {
        ["v1", "firms"] => vec![Promise {
            state: None,
            ..row(Table::Firms)
        }],
        ["v1", "firms", firm, "consents"] => vec![Promise {
            parent: Some(firm),
            ..row(Table::Consents)
        }],
        ["v1", "consents", consent, "revoke"] => {
            vec![Promise {
                id: consent,
                digest: None,
                ..row(Table::Consents)
            }]
        }
        ["v1", "applications"] => vec![row(Table::Applications)],
        [
            "v1",
            "applications",
            application,
            "pre-approval" | "accept" | "take-up",
        ] => vec![moved(application)],
        ["v1", "tasks", task, "report"] => {
            let report = Promise {
                id: task,
                amount: None,
                state: None,
                parent: Some(id),
                ..row(Table::Tasks)
            };
            vec![report, moved(id)]
        }
        ["v1", "applications", application, "approvals"] => {
            let verdict = Promise {
                id: application,
                amount: None,
                state: None,
                ..row(Table::Approvals)
            };
            vec![verdict, moved(application)]
        }
        ["v1", "applications", application, "contract"] => {
            vec![Promise {
                parent: Some(application),
                ..row(Table::Contracts)
            }]
        }
        ["v1", "contracts", contract, "draws"] => vec![Promise {
            parent: Some(contract),
            ..row(Table::Draws)
        }],
        ["v1", "loans", loan, "repayments" | "payoff"] => {
            vec![Promise {
                parent: Some(loan),
                ..row(Table::Repayments)
            }]
        }
        ["v1", "loans", loan, "extensions" | "renewals"] => vec![Promise {
            amount: None,
            parent: Some(loan),
            ..row(Table::Renewals)
        }],
        ["v1", "renewals", renewal, "verdicts"] => vec![Promise {
            id: renewal,
            digest: None,
            amount: None,
            ..row(Table::Renewals)
        }],
        ["v1", "entries", entry, "reversal"] => {
            vec![Promise {
                digest: None,
                state: None,
                amount: None,
                parent: Some(entry),
                ..row(Table::Entries)
            }]
        }
        ["v1", "days"] => vec![Promise {
            digest: None,
            amount: None,
            ..row(Table::Days)
        }],
        _ => Vec::new(),
    }
}
