//! Where each kind of thing lives, and the query that reads what a promise is compared with.

/// A table that clients write, directly or through a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Table {
    Firms,
    Consents,
    Applications,
    Tasks,
    Approvals,
    Contracts,
    Draws,
    Repayments,
    Renewals,
    Entries,
    Days,
}

impl Table {
    pub(super) const ALL: &[Self] = &[
        Self::Firms,
        Self::Consents,
        Self::Applications,
        Self::Tasks,
        Self::Approvals,
        Self::Contracts,
        Self::Draws,
        Self::Repayments,
        Self::Renewals,
        Self::Entries,
        Self::Days,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Firms => "firms",
            Self::Consents => "consents",
            Self::Applications => "applications",
            Self::Tasks => "diligence_tasks",
            Self::Approvals => "approvals",
            Self::Contracts => "contracts",
            Self::Draws => "draws",
            Self::Repayments => "repayments",
            Self::Renewals => "renewals",
            Self::Entries => "entries",
            Self::Days => "days",
        }
    }

    /// Columns: id, digest, amount, state, parent; `{ids}` becomes the batch.
    pub(super) fn query(self) -> &'static str {
        match self {
            Self::Firms => "SELECT id, request_digest, NULL, NULL, NULL FROM firms WHERE id {ids}",
            Self::Consents => {
                "SELECT id, request_digest, NULL,
                 CASE WHEN revoked_at IS NULL THEN 'live' ELSE 'revoked' END, firm_id FROM consents WHERE id {ids}"
            }
            Self::Applications => {
                "SELECT id, request_digest, CAST(amount AS TEXT), state, NULL FROM applications WHERE id {ids}"
            }
            Self::Tasks => {
                "SELECT id, request_digest, NULL, state, application_id FROM diligence_tasks WHERE id {ids}"
            }
            Self::Approvals => {
                "SELECT application_id, request_digest, NULL, NULL, NULL FROM approvals WHERE application_id {ids}"
            }
            Self::Contracts => {
                "SELECT id, request_digest, CAST(limit_amount AS TEXT), state, application_id
                 FROM contracts WHERE id {ids}"
            }
            Self::Draws => {
                "SELECT id, request_digest, CAST(amount AS TEXT), state, contract_id FROM draws WHERE id {ids}"
            }
            Self::Repayments => {
                "SELECT id, request_digest, CAST(amount AS TEXT), state, loan_id FROM repayments WHERE id {ids}"
            }
            Self::Renewals => "SELECT id, request_digest, NULL, state, loan_id FROM renewals WHERE id {ids}",
            Self::Entries => "SELECT id, NULL, NULL, NULL, reverses FROM entries WHERE id {ids}",
            Self::Days => {
                "SELECT business_date, NULL, NULL, state, NULL FROM days WHERE business_date {ids}"
            }
        }
    }

    /// The states that are at or beyond an acknowledged one, so that business
    /// that went on after the answer is no loss; none for a word that the table
    /// doesn't know. Written down here once more, apart from the service's own
    /// state machine: a checker that shared it would share its mistakes.
    pub(super) fn at_or_beyond(self, acknowledged: &str) -> Option<&'static [&'static str]> {
        let states: &[&str] = match (self, acknowledged) {
            (Self::Applications, "submitted") => &[
                "submitted",
                "pre_approved",
                "in_review",
                "declined",
                "accepted",
                "diligence",
                "approved",
                "rejected",
                "signed",
                "expired",
                "cancelled",
            ],
            (Self::Applications, "pre_approved") => &[
                "pre_approved",
                "accepted",
                "diligence",
                "approved",
                "rejected",
                "signed",
                "expired",
                "cancelled",
            ],
            (Self::Applications, "in_review") => &[
                "in_review",
                "diligence",
                "approved",
                "rejected",
                "signed",
                "expired",
                "cancelled",
            ],
            (Self::Applications, "accepted") => &[
                "accepted",
                "diligence",
                "approved",
                "rejected",
                "signed",
                "expired",
                "cancelled",
            ],
            (Self::Applications, "diligence") => &[
                "diligence",
                "approved",
                "rejected",
                "signed",
                "expired",
                "cancelled",
            ],
            (Self::Applications, "approved") => &["approved", "signed", "expired", "cancelled"],
            (Self::Applications, "declined") => &["declined"],
            (Self::Applications, "rejected") => &["rejected"],
            (Self::Applications, "signed") => &["signed"],
            (Self::Applications, "expired") => &["expired"],
            (Self::Applications, "cancelled") => &["cancelled"],
            // A consent that expired by time stays `live` in its row.
            (Self::Consents, "live" | "expired") => &["live", "revoked"],
            (Self::Consents, "revoked") => &["revoked"],
            (Self::Contracts, "signed") => &["signed", "closed"],
            (Self::Contracts, "closed") => &["closed"],
            (Self::Draws, "requested") => &["requested", "sent", "paid", "failed"],
            (Self::Draws, "sent") => &["sent", "paid", "failed"],
            (Self::Draws, "paid") => &["paid"],
            (Self::Draws, "failed") => &["failed"],
            (Self::Repayments, "booked") => &["booked", "reversed"],
            (Self::Renewals, "requested") => &["requested", "granted", "declined", "lapsed"],
            (Self::Renewals, "granted") => &["granted"],
            (Self::Renewals, "declined") => &["declined"],
            (Self::Renewals, "lapsed") => &["lapsed"],
            (Self::Days, "running") => &["running", "done"],
            (Self::Days, "done") => &["done"],
            _ => return None,
        };
        Some(states)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::application::{ApplicationEvent, ApplicationState};
    use domain::contract::{ContractEvent, ContractState};
    use domain::draw::{DrawEvent, DrawState};
    use domain::extension::{RenewalEvent, RenewalState};

    use super::*;

    /// All states that some sequence of events leads to, itself included.
    fn reachable<S: Copy + PartialEq>(from: S, step: impl Fn(S) -> Vec<S>) -> Vec<S> {
        let mut found = vec![from];
        let mut at = 0;
        while at < found.len() {
            for next in step(found[at]) {
                if !found.contains(&next) {
                    found.push(next);
                }
            }
            at += 1;
        }
        found
    }

    macro_rules! agrees {
        ($table:expr, $state:ident, $event:ident) => {
            for state in $state::ALL {
                let step = |from: $state| {
                    $event::ALL
                        .iter()
                        .filter_map(|event| from.on(*event).ok())
                        .collect()
                };
                let lawful: BTreeSet<&str> = reachable(*state, step)
                    .into_iter()
                    .map(|state| state.as_str())
                    .collect();
                let table = $table.at_or_beyond(state.as_str()).unwrap_or_default();
                assert_eq!(
                    table.iter().copied().collect::<BTreeSet<_>>(),
                    lawful,
                    "from {}",
                    state.as_str()
                );
            }
        };
    }

    #[test]
    fn the_tables_call_every_lawful_way_a_way_on_and_no_other() {
        agrees!(Table::Applications, ApplicationState, ApplicationEvent);
        agrees!(Table::Contracts, ContractState, ContractEvent);
        agrees!(Table::Draws, DrawState, DrawEvent);
        agrees!(Table::Renewals, RenewalState, RenewalEvent);
    }
}
