//! Evaluation of a group: its rules one after another, each seeing what those before it stored.

use std::collections::HashSet;
use std::sync::Arc;

use promql::{Labels, Query, STALE, Source, Value};

use super::alert::Alert;
use super::alerting::{Alerted, Instances, Round};
use super::recording::record;
use super::store::Store;
use crate::file::{Group, Kind};

/// How an engine evaluates.
#[derive(Debug, Clone)]
pub struct Options {
    /// What templates see as `$externalLabels`.
    pub external_labels: Labels,
    /// What templates see as `$externalURL`.
    pub external_url: String,
    /// Milliseconds between two rounds of a group that names no interval.
    pub interval: i64,
    /// On: an alert whose data has vanished fires on as unknown, for a day at most, and a group's limit leaves the
    /// alerts as they were. Off: as Prometheus, where it resolves, and the limit forgets all alerts of the rule.
    pub hold_unknown: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            external_labels: Labels::none(),
            external_url: String::new(),
            // Prometheus' default.
            interval: 60_000,
            hold_unknown: true,
        }
    }
}

/// A group, and when it is to be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: Arc<str>,
    /// Milliseconds between two rounds.
    pub interval: i64,
}

/// What an evaluation of a group came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// All samples in order, which the store has been given: recorded ones, `ALERTS`, `ALERTS_FOR_STATE`, and
    /// [stale](promql::STALE) ones for series that have ended.
    pub samples: Vec<(Labels, f64)>,
    /// Alerts that are new, or whose state changed, or of which it is known or unknown since now whether they hold.
    /// A pending one that ended is here as inactive, and nowhere else any more.
    pub changed: Vec<Alert>,
    /// Rules that failed; their alerts are as before.
    pub failures: Vec<Failure>,
    /// Templates that failed; the alert says so in their place.
    pub warnings: Vec<Failure>,
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The group.
    pub group: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// Why.
    pub reason: String,
}

/// How a rule fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The group.
    pub group: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// When it was last evaluated, in milliseconds since the Unix epoch.
    pub evaluated_at: Option<i64>,
    /// Why the last evaluation failed, if it did.
    pub failing: Option<String>,
}

/// Groups and the state of their rules.
pub struct Engine {
    pub(crate) groups: Vec<Running>,
    pub(crate) options: Options,
}

pub(crate) struct Running {
    pub(crate) group: Group,
    pub(crate) rules: Vec<RuleState>,
    /// When it was last evaluated, before a restart maybe.
    pub(crate) evaluated_at: Option<i64>,
    /// Whether that was before a restart.
    pub(crate) restored: bool,
}

#[derive(Default)]
pub(crate) struct RuleState {
    pub(crate) instances: Instances,
    /// The series of the last round, of which those that are missing now have ended.
    pub(crate) previous: HashSet<Labels>,
    evaluated_at: Option<i64>,
    failing: Option<String>,
}

/// The result of a rule's expression; a scalar is a series without labels.
pub(crate) fn vector(query: &Query, source: &dyn Source, at: i64) -> Result<Vec<(Labels, f64)>, String> {
    match query.instant(source, at).map_err(|error| error.to_string())? {
        Value::Vector(vector) => Ok(vector),
        Value::Scalar(value) => Ok(vec![(Labels::none(), value)]),
        Value::Text(_) | Value::Matrix(_) => Err("rule result is not a vector or scalar".to_owned()),
    }
}

impl Engine {
    /// Nothing has been evaluated yet.
    #[must_use]
    pub fn new(groups: Vec<Group>, options: Options) -> Self {
        let running = |group: Group| Running {
            rules: group.rules.iter().map(|_| RuleState::default()).collect(),
            group,
            evaluated_at: None,
            restored: false,
        };
        Self {
            groups: groups.into_iter().map(running).collect(),
            options,
        }
    }

    /// The groups, in the order of their indexes.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Schedule> {
        self.groups.iter().map(|running| Schedule {
            name: Arc::clone(&running.group.name),
            interval: running.group.interval.unwrap_or(self.options.interval),
        })
    }

    /// Evaluates a group at a time (milliseconds since the Unix epoch), which should grow from call to call. An
    /// index beyond the groups does nothing.
    pub fn evaluate(&mut self, group: usize, at: i64, store: &mut dyn Store) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(running) = self.groups.get_mut(group) else {
            return outcome;
        };
        running.resume(at, self.options.interval);
        running.evaluated_at = Some(at);
        let Running { group, rules, .. } = running;
        for (rule, state) in group.rules.iter().zip(rules) {
            let failure = |reason: String| Failure {
                group: Arc::clone(&group.name),
                rule: Arc::clone(&rule.name),
                reason,
            };
            let round = Round {
                group: &group.name,
                limit: group.limit,
                at,
                source: &*store,
                external_labels: &self.options.external_labels,
                external_url: &self.options.external_url,
                hold_unknown: self.options.hold_unknown,
            };
            let result = vector(&rule.query, round.source, at);
            let done = result.and_then(|result| match &rule.kind {
                Kind::Record => record(rule, group.limit, result).map(|samples| Alerted {
                    samples,
                    ..Alerted::default()
                }),
                Kind::Alert(alerting) => round.alert(rule, alerting, &mut state.instances, result),
            });
            state.evaluated_at = Some(at);
            state.failing = match done {
                Ok(alerted) => {
                    let samples = state.with_ends(alerted.samples);
                    outcome
                        .warnings
                        .extend(alerted.warnings.into_iter().map(&failure));
                    outcome.changed.extend(alerted.changed);
                    let kept = store.append(at, &samples);
                    outcome.samples.extend(samples);
                    kept.err()
                }
                Err(reason) => Some(reason),
            };
            outcome.failures.extend(state.failing.clone().map(&failure));
        }
        outcome
    }

    /// Every alert: pending, firing, and those that were resolved within the last 15 minutes.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        let rules = self.groups.iter().flat_map(|running| &running.rules);
        rules.flat_map(|state| state.instances.values().map(|instance| &instance.alert))
    }

    /// How each rule fares.
    pub fn health(&self) -> impl Iterator<Item = Health> {
        self.groups.iter().flat_map(|running| {
            running
                .group
                .rules
                .iter()
                .zip(&running.rules)
                .map(|(rule, state)| Health {
                    group: Arc::clone(&running.group.name),
                    rule: Arc::clone(&rule.name),
                    evaluated_at: state.evaluated_at,
                    failing: state.failing.clone(),
                })
        })
    }
}

impl RuleState {
    /// The samples, and an end for each series of the last round that is not among them.
    fn with_ends(&mut self, mut samples: Vec<(Labels, f64)>) -> Vec<(Labels, f64)> {
        let now: HashSet<Labels> = samples.iter().map(|(labels, _)| labels.clone()).collect();
        let mut ended: Vec<Labels> = self
            .previous
            .drain()
            .filter(|labels| !now.contains(labels))
            .collect();
        ended.sort();
        samples.extend(ended.into_iter().map(|labels| (labels, STALE)));
        self.previous = now;
        samples
    }
}
