//! The checker of law 2. Each closing is judged by itself, so that it does not matter whether others overlap it;
//! whether enough happened is asked of each scope.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::scope::Scope;
use super::told::Told;
use super::window::Window;
use crate::journal::record::CLOSED;
use crate::journal::{Journal, Kind, Outcome, Record};
use crate::verdict::{Ruling, Tally, Verdict};

/// How much must have happened while a scope was closed for the law to be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enough {
    /// New business of the scope that was refused with 503: clients did press on the door.
    pub refusals: u64,
    /// Successes on existing loans: existing business did go on, writes among them.
    pub existing: u64,
}

/// Judges windows: *late* is what the second snapshot has of the scope and the first has not. `told` is what the
/// database tells of closings: of those while the clients worked, each must have its window.
#[must_use]
pub fn closed_means_closed(windows: &[Window], journal: &Journal, told: &[Told], enough: Enough) -> Ruling {
    let mut tally = Tally::default();
    let mut scopes: BTreeMap<&Scope, Seen> = BTreeMap::new();
    let mut details = Vec::new();
    for window in windows {
        let seen = Seen::of(window, journal);
        let late = window.first.added_of(&window.scope, &window.second);
        let of = match window.scope == Scope::everything() {
            true => String::new(),
            false => format!(" ({})", window.scope),
        };
        for (what, id) in &late {
            let detail = format!(
                "{what}: absent after the close of epoch {}{of} was acknowledged",
                window.epoch
            );
            tally.against("late", *id, detail);
        }
        let before_reopen = window.second.size_of(&window.scope);
        tally.checked(before_reopen);
        details.push(json!({
            "epoch": window.epoch, "scope": window.scope,
            "closed_at": window.closed_at, "reopen_at": window.reopen_at,
            "binding_after_close": window.first.size_of(&window.scope), "binding_before_reopen": before_reopen,
            "late": late.len(), "refusals": seen.refusals, "existing_successes": seen.existing,
            "existing_writes": seen.writes,
            // Acknowledged with an answer stored before the close, or late: the snapshots tell.
            "intake_acknowledged": seen.acknowledged,
            // What a part that is closed must not keep from going on.
            "other_intake_acknowledged": seen.others,
        }));
        scopes.entry(&window.scope).or_default().add(&seen, late.len());
    }
    let unjudged = unjudged(windows, journal, told);
    for (epoch, scope) in &unjudged {
        scopes.entry(scope).or_default().unjudged = Some(*epoch);
    }
    let touched = touched(&scopes, enough);
    let judged = scopes.iter().map(|(scope, seen)| seen.judged(scope, enough));
    tally.evidence("scopes", judged.collect::<Vec<Value>>());
    tally.evidence("windows", details);
    for (name, count) in Seen::whole(windows, journal) {
        tally.evidence(name, count);
    }
    tally.ruling(2, touched.err())
}

/// Why some scope was not touched, if so.
fn touched(scopes: &BTreeMap<&Scope, Seen>, enough: Enough) -> Result<(), String> {
    if scopes.is_empty() {
        return Err("no time of closed intake with a snapshot from both ends".to_owned());
    }
    for (scope, seen) in scopes {
        if let Some(why) = seen.missing(enough) {
            return Err(match **scope == Scope::everything() {
                true => why,
                false => format!("{scope}: {why}"),
            });
        }
    }
    Ok(())
}

/// Closings without a window: those that were marked, and those that the database tells of while the clients worked.
fn unjudged(windows: &[Window], journal: &Journal, told: &[Told]) -> Vec<(i64, Scope)> {
    let marked = journal.marks.iter().filter(|mark| mark.mark == CLOSED);
    let marked = marked.map(|mark| (mark.epoch.unwrap_or(0), mark.scope()));
    let marks = journal.marks.iter().map(|mark| mark.at);
    let times = || {
        marks
            .clone()
            .chain(journal.records.iter().map(|record| record.at))
    };
    let (from, to) = (
        times().min().unwrap_or(i64::MAX),
        times().max().unwrap_or(i64::MIN),
    );
    let told = told.iter().filter(|told| (from..=to).contains(&told.at));
    let told = told.map(|told| (told.epoch, told.scope.clone()));
    let has_window = |(epoch, scope): &(i64, Scope)| {
        windows
            .iter()
            .any(|window| (window.epoch, &window.scope) == (*epoch, scope))
    };
    marked.chain(told).filter(|one| !has_window(one)).collect()
}

/// What happened while a scope was closed.
#[derive(Debug, Clone, Default)]
struct Seen {
    windows: u64,
    late: usize,
    refusals: u64,
    existing: u64,
    writes: u64,
    acknowledged: u64,
    others: u64,
    /// The epoch of a window whose snapshots are not from within it.
    inexact: Option<i64>,
    /// The epoch of a closing that has no window.
    unjudged: Option<i64>,
}

impl Seen {
    fn of(window: &Window, journal: &Journal) -> Self {
        let mut seen = Self {
            windows: 1,
            ..Self::default()
        };
        for record in journal.records.iter().filter(|record| is_within(record, window)) {
            seen.count(record, &window.scope);
        }
        if window.first.taken_at < window.closed_at || window.second.taken_at > window.reopen_at {
            seen.inexact = Some(window.epoch);
        }
        seen
    }

    fn count(&mut self, record: &Record, scope: &Scope) {
        let one = |is: bool| u64::from(is);
        let of_scope = match &record.scope {
            Some(some) => scope.covers(some),
            // Who closed everything refuses whatever it is.
            None => *scope == Scope::everything(),
        };
        let intake = record.kind == Kind::Intake;
        let acked = record.is_acked_write();
        let on_a_loan = record.path.starts_with("/v1/loans/");
        self.refusals += one(intake && of_scope && is_refusal(record));
        self.acknowledged += one(intake && of_scope && acked);
        self.others += one(intake && !of_scope && acked);
        self.existing += one(on_a_loan && record.outcome == Outcome::Acked);
        // More time is asked for at a loan, too.
        let repays = ["/repayments", "/payoff"]
            .iter()
            .any(|end| record.path.ends_with(end));
        self.writes += one(on_a_loan && repays && acked);
    }

    fn add(&mut self, other: &Self, late: usize) {
        self.windows += other.windows;
        self.late += late;
        self.refusals += other.refusals;
        self.existing += other.existing;
        self.writes += other.writes;
        self.inexact = self.inexact.or(other.inexact);
    }

    /// What happened in all windows together, nothing twice.
    fn whole(windows: &[Window], journal: &Journal) -> [(&'static str, u64); 3] {
        let mut all = Self::default();
        for record in &journal.records {
            let mut one = Self::default();
            for window in windows.iter().filter(|window| is_within(record, window)) {
                one.count(record, &window.scope);
            }
            all.refusals += one.refusals.min(1);
            all.existing += one.existing.min(1);
            all.writes += one.writes.min(1);
        }
        [
            ("refusals", all.refusals),
            ("existing_successes", all.existing),
            ("existing_writes", all.writes),
        ]
    }

    /// What is missing for the scope to be touched.
    fn missing(&self, enough: Enough) -> Option<String> {
        if let Some(epoch) = self.unjudged {
            return Some(format!(
                "epoch {epoch} was closed, and has no snapshot from both ends"
            ));
        }
        if let Some(epoch) = self.inexact {
            return Some(format!(
                "a snapshot of epoch {epoch} was not taken between the close and the reopen"
            ));
        }
        if self.refusals < enough.refusals {
            return Some(format!(
                "{} refusals while closed, {} are needed",
                self.refusals, enough.refusals
            ));
        }
        if self.existing < enough.existing {
            return Some(format!(
                "{} successes of existing business while closed, {} are needed",
                self.existing, enough.existing
            ));
        }
        (self.writes == 0).then(|| "no repayment succeeded while closed".to_owned())
    }

    fn judged(&self, scope: &Scope, enough: Enough) -> Value {
        let missing = self.missing(enough);
        let verdict = match (self.late, &missing) {
            (1.., _) => Verdict::Broken,
            (0, Some(_)) => Verdict::NotTouched,
            (0, None) => Verdict::Held,
        };
        json!({
            "scope": scope, "verdict": verdict, "not_enough": missing, "windows": self.windows, "late": self.late,
        })
    }
}

fn is_within(record: &Record, window: &Window) -> bool {
    record.lane == "live" && (window.closed_at..=window.reopen_at).contains(&record.at)
}

fn is_refusal(record: &Record) -> bool {
    record.outcome == Outcome::Refused && record.status == Some(503)
}
