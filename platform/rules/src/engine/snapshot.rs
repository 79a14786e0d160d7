//! What outlives a restart: every alert, with all of its times. Series that recording rules have stored are not in
//! it: they are in the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use promql::Labels;
use serde::{Deserialize, Serialize};

use super::alert::{Alert, Instance, State};
use super::evaluate::Engine;
use super::presence::Basis;

/// What this version writes and reads.
const VERSION: u32 = 1;

/// The state of an engine, to be stored as any format of serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    pub(crate) groups: Vec<GroupState>,
}

/// Why a snapshot cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot has version {found}, and this program reads {VERSION}")]
pub struct BadSnapshot {
    found: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupState {
    pub(crate) name: String,
    pub(crate) evaluated_at: Option<i64>,
    /// Only rules that have alerts.
    pub(crate) rules: Vec<RuleAlerts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleAlerts {
    pub(crate) name: String,
    /// As they are written in the file.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) expr: String,
    pub(crate) alerts: Vec<AlertState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AlertState {
    labels: BTreeMap<String, String>,
    source: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    state: State,
    active_at: i64,
    fired_at: Option<i64>,
    resolved_at: Option<i64>,
    keep_firing_since: Option<i64>,
    unknown_since: Option<i64>,
    /// A text, as JSON has no infinity.
    value: String,
    basis: Option<Basis>,
}

fn map(labels: &Labels) -> BTreeMap<String, String> {
    labels
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn labels(map: BTreeMap<String, String>) -> Labels {
    Labels::new(map)
}

impl Snapshot {
    /// Whether this program reads it.
    pub(crate) fn check(&self) -> Result<(), BadSnapshot> {
        if self.version == VERSION {
            Ok(())
        } else {
            Err(BadSnapshot { found: self.version })
        }
    }
}

impl AlertState {
    fn of(instance: &Instance) -> Self {
        let alert = &instance.alert;
        Self {
            labels: map(&alert.labels),
            source: map(&instance.source),
            annotations: alert
                .annotations
                .iter()
                .map(|(name, text)| (name.to_string(), text.clone()))
                .collect(),
            state: alert.state,
            active_at: alert.active_at,
            fired_at: alert.fired_at,
            resolved_at: alert.resolved_at,
            keep_firing_since: alert.keep_firing_since,
            unknown_since: alert.unknown_since,
            value: alert.value.to_string(),
            basis: instance.basis.clone(),
        }
    }

    pub(crate) fn instance(self, rule: &Arc<str>, group: &Arc<str>) -> Instance {
        let annotations = self
            .annotations
            .into_iter()
            .map(|(name, text)| (Arc::from(name), text));
        let alert = Alert {
            rule: Arc::clone(rule),
            group: Arc::clone(group),
            labels: labels(self.labels),
            annotations: annotations.collect(),
            state: self.state,
            active_at: self.active_at,
            fired_at: self.fired_at,
            resolved_at: self.resolved_at,
            keep_firing_since: self.keep_firing_since,
            unknown_since: self.unknown_since,
            value: self.value.parse().unwrap_or(f64::NAN),
        };
        Instance {
            alert,
            source: labels(self.source),
            basis: self.basis,
        }
    }
}

impl Engine {
    /// The state as it is now; to be taken after each evaluation that changed an alert.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let groups = self.groups.iter().map(|running| {
            let rules = running.group.rules.iter().zip(&running.rules);
            let rules = rules
                .filter(|(_, state)| !state.instances.is_empty())
                .map(|(rule, state)| RuleAlerts {
                    name: rule.name.to_string(),
                    labels: rule
                        .labels
                        .iter()
                        .map(|(name, text)| (name.to_string(), text.to_string()))
                        .collect(),
                    expr: rule.expr.to_string(),
                    alerts: state.instances.values().map(AlertState::of).collect(),
                });
            GroupState {
                name: running.group.name.to_string(),
                evaluated_at: running.evaluated_at,
                rules: rules.collect(),
            }
        });
        Snapshot {
            version: VERSION,
            groups: groups.collect(),
        }
    }
}
