//! What a run came to, as one JSON document.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::figures::Snapshot;
use crate::latency::Latency;
use crate::shared::Shared;

/// Times over the whole run, in microseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Times {
    /// Answers.
    pub count: u64,
    /// Median.
    pub p50_us: Option<u64>,
    /// 99th percentile.
    pub p99_us: Option<u64>,
    /// Longest.
    pub max_us: Option<u64>,
}

impl From<&Latency> for Times {
    fn from(latency: &Latency) -> Self {
        Self {
            count: latency.count(),
            p50_us: latency.quantile_us(0.5),
            p99_us: latency.quantile_us(0.99),
            max_us: latency.max_us(),
        }
    }
}

/// The summary.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Which engine ran, and on which model.
    pub engine: &'static str,
    /// Users asked for.
    pub users: usize,
    /// The seed of the choices.
    pub seed: u64,
    /// When it began, microseconds since the Unix epoch.
    pub started_at: i64,
    /// How long it ran, draining included.
    pub seconds: f64,
    /// What ended it: `duration`, `signal` or `stop file`.
    pub ended_by: &'static str,
    /// Loans left in the pool.
    pub loans: usize,
    /// Times of all answers.
    pub times: Times,
    /// Times by verb.
    pub times_by_kind: BTreeMap<&'static str, Times>,
    /// The counts.
    #[serde(flatten)]
    pub figures: Snapshot,
}

impl Summary {
    /// Gathers it at the end of a run.
    #[must_use]
    pub fn of(
        shared: &Shared,
        users: usize,
        started_at: i64,
        took: Duration,
        ended_by: &'static str,
    ) -> Self {
        let (all, by_verb) = shared.recorder.figures().whole();
        Self {
            engine: "goose 0.19, closed model",
            users,
            seed: shared.seed,
            started_at,
            seconds: took.as_secs_f64(),
            ended_by,
            loans: shared.pool.len(),
            times: Times::from(&all),
            times_by_kind: by_verb
                .iter()
                .map(|(verb, latency)| (*verb, Times::from(latency)))
                .collect(),
            figures: shared.recorder.figures().snapshot(),
        }
    }
}
