//! The circuit breaker: a source that failed too often is left alone for a
//! while, then tried with single probes.
//!
//! `closed` → (failures in the window) → `open` → (time) → `half-open` →
//! (probes succeed) → `closed`, or (one fails) → `open`. An outcome that
//! arrives after the state has changed belongs to the old state and is ignored.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::settings::Trip;

/// What a breaker does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// All pass.
    Closed,
    /// None pass.
    Open,
    /// One at a time passes, to see.
    HalfOpen,
}

impl BreakerState {
    /// The name in metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Breaker {
    name: &'static str,
    trip: Trip,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// Grows with each change of phase.
    generation: u64,
}

#[derive(Debug)]
enum Phase {
    /// The latest outcomes, true for a failure.
    Closed(VecDeque<bool>),
    Open {
        until: Instant,
    },
    HalfOpen {
        succeeded: u32,
        probing: bool,
    },
}

impl Phase {
    fn state(&self) -> BreakerState {
        match self {
            Self::Closed(_) => BreakerState::Closed,
            Self::Open { .. } => BreakerState::Open,
            Self::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }
}

impl Breaker {
    pub(crate) fn new(name: &'static str, trip: Trip) -> Self {
        let inner = Inner {
            phase: Phase::Closed(VecDeque::new()),
            generation: 0,
        };
        Self {
            name,
            trip,
            inner: Mutex::new(inner),
        }
    }

    /// Leave to make one call, or nothing when it is open.
    pub(crate) fn permit(&self) -> Option<Permit<'_>> {
        let mut inner = self.lock();
        if let Phase::Open { until } = inner.phase
            && Instant::now() >= until
        {
            self.enter(
                &mut inner,
                Phase::HalfOpen {
                    succeeded: 0,
                    probing: false,
                },
            );
        }
        match &mut inner.phase {
            Phase::Closed(_) => {}
            Phase::Open { .. } | Phase::HalfOpen { probing: true, .. } => return None,
            Phase::HalfOpen { probing, .. } => *probing = true,
        }
        Some(Permit {
            breaker: self,
            generation: inner.generation,
            told: false,
        })
    }

    /// Whether asking for leave now would be in vain: told without taking a place in any queue.
    pub(crate) fn is_shut(&self) -> bool {
        matches!(self.lock().phase, Phase::Open { until } if Instant::now() < until)
    }

    pub(crate) fn state(&self) -> BreakerState {
        self.lock().phase.state()
    }

    fn tell(&self, generation: u64, failed: bool) {
        let mut inner = self.lock();
        if inner.generation != generation {
            return;
        }
        let next = match &mut inner.phase {
            Phase::Closed(latest) => {
                latest.push_back(failed);
                if latest.len() > self.trip.window {
                    latest.pop_front();
                }
                let failures = latest.iter().filter(|failed| **failed).count();
                (failures >= self.trip.failures).then(|| self.open())
            }
            Phase::HalfOpen { .. } if failed => Some(self.open()),
            Phase::HalfOpen { succeeded, probing } => {
                *probing = false;
                *succeeded += 1;
                (*succeeded >= self.trip.probes).then(|| Phase::Closed(VecDeque::new()))
            }
            Phase::Open { .. } => None,
        };
        if let Some(next) = next {
            self.enter(&mut inner, next);
        }
    }

    /// A probe whose caller went away says nothing; the next may probe.
    fn forget(&self, generation: u64) {
        let mut inner = self.lock();
        if inner.generation == generation
            && let Phase::HalfOpen { probing, .. } = &mut inner.phase
        {
            *probing = false;
        }
    }

    fn open(&self) -> Phase {
        Phase::Open {
            until: Instant::now() + self.trip.open_for,
        }
    }

    fn enter(&self, inner: &mut Inner, next: Phase) {
        let (source, state) = (self.name, next.state().as_str());
        tracing::warn!(source, state, "the circuit breaker changed");
        inner.phase = next;
        inner.generation += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call's leave; its outcome is told by consuming it.
#[must_use]
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    generation: u64,
    told: bool,
}

impl Permit<'_> {
    pub(crate) fn tell(mut self, failed: bool) {
        self.told = true;
        self.breaker.tell(self.generation, failed);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.breaker.forget(self.generation);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn breaker() -> Breaker {
        let trip = Trip {
            window: 4,
            failures: 2,
            open_for: Duration::from_secs(5),
            probes: 2,
        };
        Breaker::new("tax", trip)
    }

    fn outcome(breaker: &Breaker, failed: bool) {
        breaker.permit().unwrap().tell(failed);
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_at_its_bound_and_not_before() {
        let breaker = breaker();
        // One failure in any four is below the bound of two.
        for _ in 0..3 {
            outcome(&breaker, true);
            for _ in 0..3 {
                outcome(&breaker, false);
            }
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        outcome(&breaker, true);
        outcome(&breaker, true);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.permit().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_while_one_probe_at_a_time_passes_and_success_closes_it() {
        let breaker = breaker();
        outcome(&breaker, true);
        outcome(&breaker, true);
        tokio::time::advance(Duration::from_millis(4_999)).await;
        assert!(breaker.permit().is_none());
        tokio::time::advance(Duration::from_millis(1)).await;
        let probe = breaker.permit().unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.permit().is_none(), "a second probe beside the first");
        probe.tell(false);
        assert_eq!(breaker.state(), BreakerState::HalfOpen, "one success may be luck");
        outcome(&breaker, false);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_opens_it_for_the_whole_time_again() {
        let breaker = breaker();
        outcome(&breaker, true);
        outcome(&breaker, true);
        tokio::time::advance(Duration::from_secs(5)).await;
        outcome(&breaker, true);
        tokio::time::advance(Duration::from_millis(4_999)).await;
        assert!(breaker.permit().is_none());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(breaker.permit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_whose_caller_went_away_does_not_block_the_next() {
        let breaker = breaker();
        outcome(&breaker, true);
        outcome(&breaker, true);
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(breaker.permit().unwrap());
        assert!(breaker.permit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn late_news_of_an_earlier_state_is_ignored() {
        let breaker = breaker();
        let slow = breaker.permit().unwrap();
        outcome(&breaker, true);
        outcome(&breaker, true);
        tokio::time::advance(Duration::from_secs(5)).await;
        let probe = breaker.permit().unwrap();
        slow.tell(true);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        probe.tell(false);
        outcome(&breaker, false);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
