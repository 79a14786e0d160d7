//! The checker of law 2.

use serde_json::json;

use super::window::Window;
use crate::journal::{Journal, Kind, Outcome, Record};
use crate::verdict::{Ruling, Tally};

/// How much must have happened while intake was closed for the law to be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enough {
    /// New business that was refused with 503: clients did press on the door.
    pub refusals: u64,
    /// Successes on existing loans: existing business did go on, writes among them.
    pub existing: u64,
}

/// Judges windows: *late* is what the second snapshot has and the first has not.
#[must_use]
pub fn closed_means_closed(windows: &[Window], journal: &Journal, enough: Enough) -> Ruling {
    let mut tally = Tally::default();
    let (mut refusals, mut existing, mut writes) = (0, 0, 0);
    let mut inexact = None;
    let mut details = Vec::new();
    for window in windows {
        let during: Vec<&Record> = journal
            .records
            .iter()
            .filter(|record| {
                record.lane == "live" && (window.closed_at..=window.reopen_at).contains(&record.at)
            })
            .collect();
        let count = |test: fn(&Record) -> bool| during.iter().filter(|record| test(record)).count() as u64;
        let refused = count(|record| {
            record.kind == Kind::Intake && record.outcome == Outcome::Refused && record.status == Some(503)
        });
        let on_loans =
            count(|record| record.outcome == Outcome::Acked && record.path.starts_with("/v1/loans/"));
        let repaid = count(|record| record.is_acked_write() && record.path.starts_with("/v1/loans/"));
        let late = window.first.added_in(&window.second);
        for (what, id) in &late {
            let detail = format!(
                "{what}: absent after the close of epoch {} was acknowledged",
                window.epoch
            );
            tally.against("late", *id, detail);
        }
        if window.first.taken_at < window.closed_at || window.second.taken_at > window.reopen_at {
            inexact = Some(window.epoch);
        }
        tally.checked(window.second.size());
        details.push(json!({
            "epoch": window.epoch, "closed_at": window.closed_at, "reopen_at": window.reopen_at,
            "binding_after_close": window.first.size(), "binding_before_reopen": window.second.size(),
            "late": late.len(), "refusals": refused, "existing_successes": on_loans,
            "existing_writes": repaid,
            // Acknowledged with an answer stored before the close, or late: the snapshots tell.
            "intake_acknowledged": count(|record| record.kind == Kind::Intake && record.is_acked_write()),
        }));
        refusals += refused;
        existing += on_loans;
        writes += repaid;
    }
    tally.evidence("windows", details);
    tally.evidence("refusals", refusals);
    tally.evidence("existing_successes", existing);
    tally.evidence("existing_writes", writes);
    let missing = if windows.is_empty() {
        Some("no time of closed intake with a snapshot from both ends".to_owned())
    } else if let Some(epoch) = inexact {
        Some(format!(
            "a snapshot of epoch {epoch} was not taken between the close and the reopen"
        ))
    } else if refusals < enough.refusals {
        Some(format!(
            "{refusals} refusals while closed, {} are needed",
            enough.refusals
        ))
    } else if existing < enough.existing {
        Some(format!(
            "{existing} successes of existing business while closed, {} are needed",
            enough.existing
        ))
    } else if writes == 0 {
        Some("no repayment succeeded while closed".to_owned())
    } else {
        None
    };
    tally.ruling(2, missing)
}
