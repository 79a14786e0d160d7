//! The figures of a rehearsal.

use std::time::Duration;

use client::operations::Day;
use laws::journal::record::{KILL, RESTART};
use laws::journal::{Journal, Outcome};
use serde::Serialize;

use super::course::{Phase, Went};
use super::phases::Measured;
use super::timeline::Timeline;

/// What was counted and measured; times in the unit that the name ends with.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    /// Attempts of all kinds.
    pub(super) requests: usize,
    pub(super) acknowledged_writes: usize,
    /// In the steady state; none where the rehearsal did not come through it, here and below.
    pub(super) acknowledged_per_second: Option<f64>,
    /// Of the steady state's seconds, the median of their medians and of their 99th percentiles.
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    pub(super) refused: usize,
    pub(super) failed: usize,
    pub(super) ambiguous: usize,
    /// From the kill to the first write that the restarted service acknowledged.
    pub(super) recovery_ms: Option<u64>,
    /// From the new process's start until it was ready.
    pub(super) restart_ms: Option<u64>,
    /// From the runbook's start until intake was closed.
    pub(super) close_ms: Option<u64>,
    pub(super) reopen_ms: Option<u64>,
    /// Transactions that the close ended by force.
    pub(super) terminated: Option<u32>,
    /// From the outage of everything outside until somebody was paged for it.
    pub(super) outage_paged_ms: Option<u64>,
    /// From the kill of what injected the outage until it had ended.
    pub(super) fault_reverted_ms: Option<u64>,
    /// How long a customer's purge took, and how many rows left.
    pub(super) purge_ms: Option<u64>,
    pub(super) rows_purged: Option<u64>,
    /// From the kill of the service until somebody was paged for it.
    pub(super) kill_paged_ms: Option<u64>,
    /// From the acknowledgement of the close until somebody was paged for it.
    pub(super) close_paged_ms: Option<u64>,
    /// From the kill of the control plane until the watchdog had paged somebody.
    pub(super) silence_paged_ms: Option<u64>,
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
        let steady = phases
            .iter()
            .find(|phase| phase.name == "steady state" && phase.outcome == Went::Done)
            .map(|phase| Steady::of(phase, journal, timeline));
        Self {
            requests: journal.records.len(),
            acknowledged_writes: journal
                .records
                .iter()
                .filter(|record| record.is_acked_write())
                .count(),
            acknowledged_per_second: steady.as_ref().map(|steady| steady.acknowledged_per_second),
            p50_ms: steady.as_ref().and_then(|steady| steady.p50_ms),
            p99_ms: steady.as_ref().and_then(|steady| steady.p99_ms),
            refused: of(Outcome::Refused),
            failed: of(Outcome::Failed),
            ambiguous: of(Outcome::Ambiguous),
            recovery_ms: recovery(journal),
            restart_ms: measured.restart_took.map(milliseconds),
            close_ms: measured.close_took.map(milliseconds),
            reopen_ms: measured.reopen_took.map(milliseconds),
            terminated: measured.terminated,
            outage_paged_ms: measured.outage_paged.map(milliseconds),
            fault_reverted_ms: measured.fault_reverted.map(milliseconds),
            purge_ms: measured.purge_took.map(milliseconds),
            rows_purged: measured.rows_purged,
            kill_paged_ms: measured.kill_paged.map(milliseconds),
            close_paged_ms: measured.close_paged.map(milliseconds),
            silence_paged_ms: measured.silence_paged.map(milliseconds),
            end_of_day: measured.day.clone().map(|day| EndOfDay {
                day,
                took_ms: milliseconds(measured.day_took),
                second_took_ms: milliseconds(measured.second_day_took),
                second_posted: measured.second_day_posted,
            }),
        }
    }
}

/// What a steady load looked like.
struct Steady {
    acknowledged_per_second: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl Steady {
    fn of(phase: &Phase, journal: &Journal, timeline: &Timeline) -> Self {
        let from = phase.started_at;
        let to = from + phase.took_ms.cast_signed() * 1000;
        let in_steady = journal
            .records
            .iter()
            .filter(|record| (from..to).contains(&record.at));
        let acked = in_steady.filter(|record| record.is_acked_write()).count();
        let latencies = timeline.latencies(timeline.seconds_at(from), timeline.seconds_at(to));
        Self {
            acknowledged_per_second: acked as f64 / ((to - from).max(1) as f64 / 1e6),
            p50_ms: median(latencies.iter().map(|one| one.p50).collect()),
            p99_ms: median(latencies.iter().map(|one| one.p99).collect()),
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

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
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
            outcome: Went::Done,
        };
        let timeline = Timeline::of(&journal, &progress());
        let figures = Figures::of(&journal, &timeline, &[steady], &Measured::default());
        let rate = figures.acknowledged_per_second.unwrap();
        assert!((rate - 100.0).abs() < 0.2, "{rate}");
        let median = figures.p50_ms.unwrap();
        assert!((1.5..1.9).contains(&median), "{median}");
    }

    #[test]
    fn what_was_not_reached_has_no_figure() {
        let cut_off = Phase {
            name: "steady state",
            name_zh: "稳态",
            started_at: 5_000_000,
            took_ms: 10_000,
            outcome: Went::Failed,
        };
        let journal = journal();
        let timeline = Timeline::of(&journal, &progress());
        let figures = Figures::of(&journal, &timeline, &[cut_off], &Measured::default());
        assert_eq!((figures.acknowledged_per_second, figures.p50_ms), (None, None));
        assert_eq!(
            (figures.close_ms, figures.restart_ms, figures.terminated),
            (None, None, None)
        );
    }
}
