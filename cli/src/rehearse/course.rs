//! The phases as they went: those that are over, and the one that is under way.

use std::time::Instant;

use base::clock::Clock;
use serde::Serialize;

use super::failure::{Failure, Kind, Stopped};

/// A phase that is over.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) name_zh: &'static str,
    /// Microseconds since the Unix epoch.
    pub(super) started_at: i64,
    pub(super) took_ms: u64,
    pub(super) outcome: Went,
}

/// How a phase went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Went {
    /// It did what it is for.
    Done,
    /// Something failed in it.
    Failed,
    /// Somebody ended the rehearsal during it.
    Interrupted,
}

/// All phases so far.
#[derive(Debug)]
pub(super) struct Course {
    clock: Clock,
    pub(super) phases: Vec<Phase>,
    now: Option<(&'static str, &'static str, i64, Instant)>,
}

impl Course {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            phases: Vec::new(),
            now: None,
        }
    }

    /// A phase begins; says when, in microseconds since the Unix epoch.
    pub(super) fn begin(&mut self, name: &'static str, name_zh: &'static str) -> i64 {
        let at = self.clock.now_micros();
        self.now = Some((name, name_zh, at, Instant::now()));
        at
    }

    /// The phase is over and did what it is for.
    pub(super) fn done(&mut self) {
        self.end(Went::Done);
    }

    /// The phase under way is the last that was played, and why.
    pub(super) fn stop(&mut self, stopped: &Stopped) -> Failure {
        let (name, name_zh) = self.now.map_or(("", ""), |(name, name_zh, ..)| (name, name_zh));
        let failure = Failure::new(name, name_zh, stopped);
        self.end(match failure.kind {
            Kind::Failed => Went::Failed,
            Kind::Interrupted => Went::Interrupted,
        });
        failure
    }

    fn end(&mut self, outcome: Went) {
        if let Some((name, name_zh, started_at, begun)) = self.now.take() {
            self.phases.push(Phase {
                name,
                name_zh,
                started_at,
                took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                outcome,
            });
        }
    }
}
