//! Counts while the load runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use laws::journal::Kind;
use serde::Serialize;

use crate::latency::Latency;
use crate::settle::Seen;
use crate::verb::Verb;

/// Different codes counted apart; a service has about thirty, and one that
/// invents more must not fill the memory.
const CODES: usize = 64;

/// The counts of one verb.
#[derive(Debug, Default)]
struct Counts {
    acked: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    ambiguous: AtomicU64,
    not_sent: AtomicU64,
}

#[derive(Default)]
struct Times {
    second: Latency,
    all: Latency,
    by_verb: BTreeMap<Verb, Latency>,
}

/// Counts and times of a run; every attempt is counted once.
pub struct Figures {
    verbs: Vec<Counts>,
    codes: Mutex<BTreeMap<String, u64>>,
    times: Mutex<Times>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            verbs: Verb::ALL.iter().map(|_| Counts::default()).collect(),
            codes: Mutex::default(),
            times: Mutex::default(),
        }
    }
}

impl Figures {
    /// Counts one attempt; `code` is the service's, where it refused.
    pub fn count(&self, verb: Verb, seen: Seen, code: Option<&str>, took: Duration) {
        let counts = &self.verbs[verb.index()];
        let counter = match seen {
            Seen::Acked => &counts.acked,
            Seen::Closed => &counts.refused,
            Seen::Refused | Seen::Busy => &counts.failed,
            Seen::Ambiguous => &counts.ambiguous,
            Seen::NotSent => &counts.not_sent,
        };
        counter.fetch_add(1, Relaxed);
        if let Some(code) = code {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            let code = if codes.len() < CODES || codes.contains_key(code) {
                code
            } else {
                "other"
            };
            *codes.entry(code.to_owned()).or_default() += 1;
        }
        // How long nobody answered is no latency.
        if !matches!(seen, Seen::Ambiguous | Seen::NotSent) {
            let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.second.add(took);
            times.by_verb.entry(verb).or_default().add(took);
        }
    }

    /// The counts so far, with the times since the last call.
    pub fn snapshot(&self) -> Snapshot {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = &mut *times;
        let (p50_us, p99_us) = (times.second.quantile_us(0.5), times.second.quantile_us(0.99));
        times.all.merge(&times.second);
        times.second.clear();
        let mut total = Snapshot {
            p50_us,
            p99_us,
            codes: self.codes.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..Snapshot::default()
        };
        for (verb, counts) in Verb::ALL.iter().zip(&self.verbs) {
            let row = Row {
                acked: counts.acked.load(Relaxed),
                refused: counts.refused.load(Relaxed),
                failed: counts.failed.load(Relaxed),
                ambiguous: counts.ambiguous.load(Relaxed),
                not_sent: counts.not_sent.load(Relaxed),
            };
            total.add(*verb, &row);
            if row != Row::default() {
                total.by_kind.insert(verb.as_str(), row);
            }
        }
        total
    }

    /// Times over the whole run: of everything, then by verb.
    pub fn whole(&self) -> (Latency, BTreeMap<&'static str, Latency>) {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = times.all.clone();
        all.merge(&times.second);
        let by_verb = times
            .by_verb
            .iter()
            .map(|(verb, latency)| (verb.as_str(), latency.clone()));
        (all, by_verb.collect())
    }
}

/// The counts of one verb as they stand in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Yes.
    pub acked: u64,
    /// No, for intake is closed.
    pub refused: u64,
    /// Another no, or no answer yet because the service is busy.
    pub failed: u64,
    /// Attempts whose outcome was not seen.
    pub ambiguous: u64,
    /// Attempts that found nobody listening.
    pub not_sent: u64,
}

/// All counts at one moment, cumulative but for the times.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Snapshot {
    /// Writes that were acknowledged.
    pub acked: u64,
    /// New business that was refused because intake is closed.
    pub refused: u64,
    /// Successes on loans that exist, reads and writes.
    pub existing_ok: u64,
    /// Reads that were answered.
    pub reads: u64,
    /// Attempts that were refused for another reason.
    pub failed: u64,
    /// Attempts whose outcome was not seen.
    pub ambiguous: u64,
    /// Attempts that found nobody listening.
    pub not_sent: u64,
    /// Median time of an answer, since the last snapshot.
    pub p50_us: Option<u64>,
    /// 99th percentile, since the last snapshot.
    pub p99_us: Option<u64>,
    /// By verb.
    pub by_kind: BTreeMap<&'static str, Row>,
    /// Problem codes.
    pub codes: BTreeMap<String, u64>,
}

impl Snapshot {
    fn add(&mut self, verb: Verb, row: &Row) {
        if verb.kind() == Kind::Read {
            self.reads += row.acked;
        } else {
            self.acked += row.acked;
        }
        if verb.on_a_loan() {
            self.existing_ok += row.acked;
        }
        self.refused += row.refused;
        self.failed += row.failed;
        self.ambiguous += row.ambiguous;
        self.not_sent += row.not_sent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_is_counted_once_where_it_belongs() {
        let figures = Figures::default();
        let took = Duration::from_micros(500);
        figures.count(Verb::Apply, Seen::Acked, None, took);
        figures.count(Verb::Apply, Seen::Closed, Some("intake-closed"), took);
        figures.count(Verb::Repay, Seen::Acked, None, took);
        figures.count(Verb::Repay, Seen::Refused, Some("amount-exceeds-debt"), took);
        figures.count(Verb::Loan, Seen::Acked, None, took);
        figures.count(Verb::Draw, Seen::Ambiguous, None, took);
        figures.count(Verb::Draw, Seen::NotSent, None, took);
        let seen = figures.snapshot();
        assert_eq!(
            (seen.acked, seen.refused, seen.existing_ok, seen.reads),
            (2, 1, 2, 1)
        );
        assert_eq!((seen.failed, seen.ambiguous, seen.not_sent), (1, 1, 1));
        assert_eq!(seen.codes["intake-closed"], 1);
        assert!(seen.p50_us.is_some());
        assert!(
            figures.snapshot().p50_us.is_none(),
            "times are those of the last second"
        );
        assert_eq!(figures.whole().0.count(), 5, "of the whole run none is lost");
    }

    #[test]
    fn a_service_that_invents_codes_does_not_fill_the_memory() {
        let figures = Figures::default();
        for number in 0..1_000 {
            figures.count(
                Verb::Apply,
                Seen::Refused,
                Some(&format!("code-{number}")),
                Duration::ZERO,
            );
        }
        let codes = figures.snapshot().codes;
        assert_eq!(codes.len(), CODES + 1);
        assert_eq!(codes["other"], 1_000 - u64::try_from(CODES).unwrap());
    }
}
