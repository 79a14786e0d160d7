//! The figures of a rehearsal.

use std::time::Duration;

use client::operations::Day;
use laws::journal::record::{KILL, RESTART};
use laws::journal::{Journal, Outcome};
use serde::Serialize;

use super::phases::{Measured, Phase};
use super::timeline::Timeline;

/// What was counted and measured; times in the unit that the name ends with.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    /// Attempts of all kinds.
    pub(super) requests: usize,
    pub(super) acknowledged_writes: usize,
    /// In the steady state.
    pub(super) acknowledged_per_second: f64,
    /// Of the steady state's seconds, the median of their medians and of their 99th percentiles.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) refused: usize,
    pub(super) failed: usize,
    pub(super) ambiguous: usize,
    /// From the kill to the first write that the restarted service acknowledged.
    pub(super) recovery_ms: Option<u64>,
    /// From the new process's start until it was ready.
    pub(super) restart_ms: u64,
    /// From the request to close until its acknowledgement.
    pub(super) close_ms: u64,
    pub(super) reopen_ms: u64,
    /// Transactions that the close ended by force.
    pub(super) terminated: u32,
    pub(super) end_of_day: Option<EndOfDay>,
}

/// The end of day and its repetition.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EndOfDay {
    #[serde(flatten)]
    pub(super) day: Day,
    pub(super) took_ms: u64,
    pub(super) second_took_ms: u64,
    pub(super) second_posted: u64,
}

impl Figures {
    pub(super) fn of(journal: &Journal, timeline: &Timeline, phases: &[Phase], measured: &Measured) -> Self {
        let of = |outcome| {
            journal
                .records
                .iter()
                .filter(|record| record.outcome == outcome)
                .count()
        };
        let steady = phases.iter().find(|phase| phase.name == "steady state");
        let (from, to) = steady.map_or((0, 0), |phase| {
            (
                phase.started_at,
                phase.started_at + phase.took_ms.cast_signed() * 1000,
            )
        });
        let in_steady = journal
            .records
            .iter()
            .filter(|record| (from..to).contains(&record.at));
        let acked = in_steady.filter(|record| record.is_acked_write()).count();
        let latencies = timeline.latencies(timeline.seconds_at(from), timeline.seconds_at(to));
        Self {
            requests: journal.records.len(),
            acknowledged_writes: journal
                .records
                .iter()
                .filter(|record| record.is_acked_write())
                .count(),
            acknowledged_per_second: acked as f64 / ((to - from).max(1) as f64 / 1e6),
            p50_ms: median(latencies.iter().map(|one| one.p50).collect()),
            p99_ms: median(latencies.iter().map(|one| one.p99).collect()),
            refused: of(Outcome::Refused),
            failed: of(Outcome::Failed),
            ambiguous: of(Outcome::Ambiguous),
            recovery_ms: recovery(journal),
            restart_ms: milliseconds(measured.restart_took),
            close_ms: milliseconds(measured.close_took),
            reopen_ms: milliseconds(measured.reopen_took),
            terminated: measured.terminated,
            end_of_day: measured.day.clone().map(|day| EndOfDay {
                day,
                took_ms: milliseconds(measured.day_took),
                second_took_ms: milliseconds(measured.second_day_took),
                second_posted: measured.second_day_posted,
            }),
        }
    }
}

/// From the kill to the first acknowledged write after the restart, in
/// milliseconds. Answers that the killed process had sent are read a moment
/// after the kill; those don't count.
fn recovery(journal: &Journal) -> Option<u64> {
    let (kill, restart) = (journal.mark(KILL)?.at, journal.mark(RESTART)?.at);
    let acked = journal
        .records
        .iter()
        .filter(|record| record.is_acked_write() && record.at > restart);
    let first = acked.map(|record| record.at).min()?;
    u64::try_from((first - kill) / 1000).ok()
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::timeline::tests::{journal, progress};
    use super::*;

    #[test]
    fn recovery_counts_from_the_kill_to_the_first_write_of_the_new_process() {
        let mut journal = journal();
        assert_eq!(recovery(&journal), Some(2_000));
        // An answer of the killed process, read after the kill.
        let late = journal
            .records
            .iter_mut()
            .find(|record| record.at == 20_000_000)
            .unwrap();
        late.outcome = Outcome::Acked;
        assert_eq!(recovery(&journal), Some(2_000));
    }

    #[test]
    fn rates_are_those_of_the_steady_state() {
        let journal = journal();
        let steady = Phase {
            name: "steady state",
            name_zh: "稳态",
            started_at: 5_000_000,
            took_ms: 10_000,
        };
        let timeline = Timeline::of(&journal, &progress());
        let figures = Figures::of(&journal, &timeline, &[steady], &Measured::default());
        assert!((figures.acknowledged_per_second - 100.0).abs() < 0.2);
        assert!((1.5..1.9).contains(&figures.p50_ms), "{}", figures.p50_ms);
    }
}
