//! Calls to the outside sources, the core bank and the notifier, as their
//! connectors counted them.

use domain::lane::Live;
use lending::World;
use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};
use sources::{BreakerState, SourceStats};

/// The families, each by source.
pub struct SourceMeters {
    counters: Vec<(Figure, IntCounterVec)>,
    breaker: IntGaugeVec,
}

type Figure = fn(&SourceStats) -> u64;

/// Name, help, and which figure of a connector it is.
type Count = (&'static str, &'static str, Figure);

const COUNTS: &[Count] = &[
    (
        "financing_source_calls_total",
        "Calls by the service, by source.",
        |stats| stats.calls,
    ),
    (
        "financing_source_failures_total",
        "Calls without a usable answer, timeouts included.",
        |stats| stats.failures,
    ),
    (
        "financing_source_timeouts_total",
        "Calls without an answer in time.",
        |stats| stats.timeouts,
    ),
    (
        "financing_source_retries_total",
        "Attempts beyond a call's first.",
        |stats| stats.retries,
    ),
    (
        "financing_source_rejected_open_total",
        "Calls not made because the breaker was open.",
        |stats| stats.rejected_open,
    ),
    (
        "financing_source_rejected_full_total",
        "Calls not made because too many were under way.",
        |stats| stats.rejected_full,
    ),
];

impl SourceMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let mut counters = Vec::with_capacity(COUNTS.len());
        for (name, help, count) in COUNTS {
            let family = IntCounterVec::new(Opts::new(*name, *help), &["source"])?;
            registry.register(Box::new(family.clone()))?;
            counters.push((*count, family));
        }
        let help = "The source's circuit breaker: 0 closed, 1 half open, 2 open.";
        let breaker = IntGaugeVec::new(Opts::new("financing_source_breaker", help), &["source"])?;
        registry.register(Box::new(breaker.clone()))?;
        Ok(Self { counters, breaker })
    }

    /// Takes over what the connectors counted.
    pub fn refresh(&self, world: &World<Live>) {
        let mut all = world.sources.stats();
        all.push(world.core.stats());
        all.extend(world.notices.as_ref().map(|notices| notices.stats()));
        for stats in &all {
            for (count, family) in &self.counters {
                raise(&family.with_label_values(&[stats.source]), count(stats));
            }
            let state = match stats.breaker_state {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open => 2,
            };
            self.breaker.with_label_values(&[stats.source]).set(state);
        }
    }
}

/// A counter only grows, so it is raised to what was counted.
fn raise(counter: &IntCounter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}
