//! Stores what a round found, and what there is to say about the round itself.

use std::collections::HashMap;
use std::sync::Arc;

use promql::labels::NAME;
use promql::{Labels, STALE, Sample};

use super::conflict;
use super::failure::Failure;
use crate::exposition::{self, Bounds, Format};
use crate::store::{Batch, Handle, Store};

/// A target may say times that are ahead by this much, in milliseconds, as in Prometheus: its clock may go
/// wrong, and a sample from the far future would keep out all that follow.
const AHEAD: i64 = 600_000;

/// What one loop has stored, and where to.
pub(super) struct Intake {
    pub(super) store: Arc<Store>,
    /// `job`, `instance` and others.
    pub(super) labels: Labels,
    /// Milliseconds between rounds.
    pub(super) every: u32,
    pub(super) honor_labels: bool,
    pub(super) honor_timestamps: bool,
    pub(super) bounds: Bounds,
    known: HashMap<u32, Known>,
    round: u32,
    reports: [Labels; 5],
}

/// A series of the last round that found any.
struct Known {
    series: Handle,
    round: u32,
    /// Its end is not noted yet.
    live: bool,
}

/// What a round found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    scraped: usize,
    added: usize,
    /// Samples whose time was too far ahead.
    pub(super) ahead: u64,
}

const REPORTS: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

impl Intake {
    pub(super) fn new(store: Arc<Store>, labels: Labels, every: u32) -> Self {
        Self {
            reports: REPORTS.map(|name| labels.with(NAME, name)),
            store,
            labels,
            every,
            honor_labels: false,
            honor_timestamps: true,
            bounds: Bounds::default(),
            known: HashMap::new(),
            round: 0,
        }
    }

    /// Stores a round: all of a body or nothing, then the reports about it. `took` is in seconds.
    pub(super) fn store(
        &mut self,
        found: Result<(Vec<u8>, Format), Failure>,
        at: i64,
        took: f64,
    ) -> Result<Counts, Failure> {
        let store = Arc::clone(&self.store);
        let mut batch = store.batch();
        let read = found.and_then(|(body, format)| {
            // Read twice rather than kept: what is whole is known only at its end.
            exposition::parse(&body, format, &self.bounds, |_| {})?;
            Ok(self.append(&mut batch, &body, format, at)?)
        });
        let (up, counts) = match &read {
            Ok(counts) => (1.0, *counts),
            Err(failure) => {
                self.end_all(&mut batch, at);
                let scraped = if let Failure::Broken(broken) = failure {
                    broken.samples
                } else {
                    0
                };
                let counts = Counts {
                    scraped,
                    ..Counts::default()
                };
                (0.0, counts)
            }
        };
        let scraped = number(counts.scraped);
        for (labels, value) in self
            .reports
            .iter()
            .zip([up, took, scraped, scraped, number(counts.added)])
        {
            // Refused where the store is full, or the wall clock was set back; both are counted there.
            let _counted = batch.add(labels, Sample { at, value }, self.every);
        }
        read
    }

    fn append(
        &mut self,
        batch: &mut Batch<'_>,
        body: &[u8],
        format: Format,
        at: i64,
    ) -> Result<Counts, exposition::Broken> {
        self.round = self.round.wrapping_add(1);
        let mut counts = Counts::default();
        counts.scraped = exposition::parse(body, format, &self.bounds, |exposed| {
            let own = exposed.at.filter(|_| self.honor_timestamps);
            if own.is_some_and(|own| own > at.saturating_add(AHEAD)) {
                counts.ahead += 1;
                return;
            }
            let labels = conflict::merge(exposed, &self.labels, self.honor_labels);
            let sample = Sample {
                at: own.unwrap_or(at),
                value: exposed.value,
            };
            // Refusals are counted by the store; they make no scrape a failed one, as in Prometheus.
            let Ok(series) = batch.add(&labels, sample, self.every) else {
                return;
            };
            let new = !self.known.contains_key(&series.id());
            counts.added += usize::from(new);
            // A series that says its own times ends when it says so, not when it is missing.
            let live = own.is_none();
            let known = Known {
                series,
                round: self.round,
                live,
            };
            self.known.insert(known.series.id(), known);
        })?;
        self.end_missing(batch, at);
        Ok(counts)
    }

    fn end_missing(&mut self, batch: &mut Batch<'_>, at: i64) {
        let round = self.round;
        self.known.retain(|_, known| {
            let there = known.round == round;
            if !there && known.live {
                end(batch, &known.series, at);
            }
            there
        });
    }

    /// Nothing is known of any of them; they are not new when they come back.
    fn end_all(&mut self, batch: &mut Batch<'_>, at: i64) {
        for known in self.known.values_mut() {
            if std::mem::take(&mut known.live) {
                end(batch, &known.series, at);
            }
        }
    }

    /// The target is no longer watched: all of its series end, the reports about it among them.
    pub(super) fn leave(&mut self, at: i64) {
        let store = Arc::clone(&self.store);
        {
            let mut batch = store.batch();
            self.end_all(&mut batch, at);
        }
        for labels in &self.reports {
            store.end(labels, at);
        }
    }
}

fn end(batch: &mut Batch<'_>, series: &Handle, at: i64) {
    // Refused only where the series has a later sample, or is gone.
    let _ended = batch.add_to(series, Sample { at, value: STALE });
}

#[expect(clippy::cast_precision_loss, reason = "samples of a scrape are few")]
const fn number(count: usize) -> f64 {
    count as f64
}
