//! An alert: one series of an alerting rule's result, and how long it has been there.

use std::sync::Arc;

use promql::Labels;
use serde::{Deserialize, Serialize};

use super::presence::Basis;

/// Where an alert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Resolved, or gone before it fired.
    Inactive,
    /// The expression holds, but not for long enough yet.
    Pending,
    /// It holds for as long as the rule asks, or did so before its data vanished.
    Firing,
}

impl State {
    /// As the label `alertstate` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// An alert. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The name of its rule.
    pub rule: Arc<str>,
    /// The group of its rule.
    pub group: Arc<str>,
    /// Of the series and of the rule, `alertname` among them: what tells it from others.
    pub labels: Labels,
    /// By name; some may be empty.
    pub annotations: Vec<(Arc<str>, String)>,
    /// Where it is in its life.
    pub state: State,
    /// Since when the expression holds.
    pub active_at: i64,
    /// Since when it fires.
    pub fired_at: Option<i64>,
    /// Since when it is resolved; it is kept for 15 minutes more.
    pub resolved_at: Option<i64>,
    /// Since when the expression does not hold any more while `keep_firing_for` keeps it.
    pub keep_firing_since: Option<i64>,
    /// Since when the data is gone that it stands on: nobody knows whether it still holds. Later by the time in which
    /// no watcher ran.
    pub unknown_since: Option<i64>,
    /// Of the series when the expression last held.
    pub value: f64,
}

/// An alert and what the engine keeps with it.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) alert: Alert,
    /// The labels of the series in the expression's result.
    pub(crate) source: Labels,
    /// What data it stands on, once it fires.
    pub(crate) basis: Option<Basis>,
}
