//! What happened, under the names of Chaos Toolkit's journal.

use serde_json::{Value, json};

use crate::experiment::document::Experiment;

/// A journal in the making.
#[derive(Debug, Clone)]
pub struct Journal(pub(super) Value);

/// How an experiment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it was run.
    Completed,
    /// A probe of the hypothesis could not be run.
    Failed,
    /// A signal ended it.
    Interrupted,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Journal {
    pub(super) fn new(experiment: &Experiment, start: &str) -> Self {
        let read = |path: &str| {
            std::fs::read_to_string(path)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        Self(json!({
            // Readers of journals ask for it; it is the version of what wrote this one.
            "chaoslib-version": concat!("backstop-", env!("CARGO_PKG_VERSION")),
            "platform": format!("Linux-{}", read("/proc/sys/kernel/osrelease")),
            "node": read("/proc/sys/kernel/hostname"),
            "experiment": experiment.raw,
            "start": start,
            "status": null,
            "deviated": false,
            "steady_states": { "before": null, "after": null, "during": [] },
            "run": [],
            "rollbacks": [],
        }))
    }

    pub(super) fn steady_state(&mut self, when: &str, state: Value) {
        if let Some(Value::Object(states)) = self.0.get_mut("steady_states") {
            states.insert(when.to_owned(), state);
        }
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        crate::experiment::activity::put(&mut self.0, name, value);
    }

    pub(super) fn end(&mut self, status: Status, deviated: bool, end: &str, seconds: f64) {
        self.put("status", status.name().into());
        self.put("deviated", deviated.into());
        self.put("end", end.into());
        self.put("duration", seconds.into());
    }
}
