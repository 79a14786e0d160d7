//! Alerting rules.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use promql::labels::NAME;
use promql::{Labels, Source};

use super::alert::{Alert, Instance, State};
use super::lifecycle::{Absent, absent, held};
use super::presence::Presence;
use crate::file::{Alerting, Rule};
use crate::template::Data;

/// The label that holds an alert's name.
pub(crate) const ALERT_NAME: &str = "alertname";

/// All alerts of a rule, by their labels.
pub(crate) type Instances = BTreeMap<Labels, Instance>;

/// What an evaluation is made with.
pub(crate) struct Round<'a> {
    pub(crate) group: &'a Arc<str>,
    pub(crate) limit: usize,
    pub(crate) at: i64,
    pub(crate) source: &'a dyn Source,
    pub(crate) external_labels: &'a Labels,
    pub(crate) external_url: &'a str,
    pub(crate) hold_unknown: bool,
}

/// What it comes to.
#[derive(Default)]
pub(crate) struct Alerted {
    pub(crate) samples: Vec<(Labels, f64)>,
    pub(crate) changed: Vec<Alert>,
    /// Templates that failed.
    pub(crate) warnings: Vec<String>,
}

impl Round<'_> {
    /// Moves the alerts of a rule by its result. On an error they are as before, but for the limit without
    /// `hold_unknown`, where Prometheus forgets them all.
    pub(crate) fn alert(
        &self,
        rule: &Rule,
        alerting: &Alerting,
        instances: &mut Instances,
        result: Vec<(Labels, f64)>,
    ) -> Result<Alerted, String> {
        let mut alerted = Alerted::default();
        let found = self.found(rule, alerting, result, &mut alerted.warnings)?;
        let mut presence = Presence::new(self.source, &rule.query, self.at);
        let mut moved = Instances::new();
        for (labels, instance) in &*instances {
            if found.contains_key(labels) {
                continue;
            }
            let mut instance = instance.clone();
            let how = self.judge(&instance, &mut presence);
            let kept = absent(&mut instance.alert, self.at, alerting.keep_firing_for, how);
            if kept
                || instance.alert.state != State::Inactive
                || instances.get(labels).is_some_and(is_pending)
            {
                moved.insert(labels.clone(), instance);
            }
        }
        for (labels, instance) in found {
            let mut instance = match instances
                .get(&labels)
                .filter(|held| held.alert.state != State::Inactive)
            {
                Some(held) => held.clone().renewed(instance),
                None => instance,
            };
            held(&mut instance.alert, self.at, alerting.hold);
            if self.hold_unknown && instance.alert.state == State::Firing && instance.basis.is_none() {
                instance.basis = Some(presence.basis(&instance.source));
            }
            moved.insert(labels, instance);
        }
        self.limited(&moved).inspect_err(|_| {
            if !self.hold_unknown {
                instances.clear();
            }
        })?;
        alerted.changed = changed(instances, &moved);
        // A pending alert that has ended is told of once, and is gone.
        moved.retain(|_, instance| {
            instance.alert.state != State::Inactive || instance.alert.resolved_at.is_some()
        });
        alerted.samples = moved
            .values()
            .flat_map(|instance| samples(&instance.alert))
            .collect();
        *instances = moved;
        Ok(alerted)
    }

    fn judge(&self, instance: &Instance, presence: &mut Presence<'_>) -> Absent {
        let alert = &instance.alert;
        // Once the data has said that it ended, its going away says nothing.
        let open = self.hold_unknown && alert.state == State::Firing && alert.keep_firing_since.is_none();
        match &instance.basis {
            Some(basis) if open => presence.judge(basis, &instance.source),
            _ => Absent::Ended,
        }
    }

    fn limited(&self, moved: &Instances) -> Result<(), String> {
        let active = moved
            .values()
            .filter(|instance| instance.alert.state != State::Inactive)
            .count();
        if self.limit > 0 && active > self.limit {
            return Err(format!("exceeded limit of {} with {active} alerts", self.limit));
        }
        Ok(())
    }

    /// The alerts of the result, as if each were new.
    fn found(
        &self,
        rule: &Rule,
        alerting: &Alerting,
        result: Vec<(Labels, f64)>,
        warnings: &mut Vec<String>,
    ) -> Result<Instances, String> {
        let ask = |text: &str| ask(self.source, text, self.at);
        let mut found = Instances::new();
        for (series, value) in result {
            let data = Data {
                labels: &series,
                value,
                external_labels: self.external_labels,
                external_url: self.external_url,
                ask: &ask,
            };
            let mut expand = |(name, template): &(Arc<str>, crate::template::Template)| {
                let text = template.expand(&data).unwrap_or_else(|reason| {
                    warnings.push(format!("the template of {name:?}: {reason}"));
                    format!("<error expanding template: {reason}>")
                });
                (Arc::clone(name), text)
            };
            let set: Vec<(Arc<str>, Arc<str>)> = alerting
                .labels
                .iter()
                .map(&mut expand)
                .map(|(name, text)| (name, Arc::from(text)))
                .collect();
            let annotations = alerting.annotations.iter().map(&mut expand).collect();
            let own = [(Arc::from(ALERT_NAME), Arc::clone(&rule.name))];
            let kept = series.iter().filter(|(name, _)| *name != NAME);
            let kept = kept.map(|(name, value)| (Arc::from(name), Arc::from(value)));
            let labels = Labels::new(kept.chain(set).chain(own));
            match found.entry(labels) {
                Entry::Occupied(_) => {
                    return Err(
                        "vector contains metrics with the same labelset after applying alert labels"
                            .to_owned(),
                    );
                }
                Entry::Vacant(place) => {
                    let alert = Alert {
                        rule: Arc::clone(&rule.name),
                        group: Arc::clone(self.group),
                        labels: place.key().clone(),
                        annotations,
                        state: State::Pending,
                        active_at: self.at,
                        fired_at: None,
                        resolved_at: None,
                        keep_firing_since: None,
                        unknown_since: None,
                        value,
                    };
                    place.insert(Instance {
                        alert,
                        source: series,
                        basis: None,
                    });
                }
            }
        }
        Ok(found)
    }
}

fn is_pending(instance: &Instance) -> bool {
    instance.alert.state == State::Pending
}

impl Instance {
    /// The same alert, with the newest value and texts.
    fn renewed(mut self, newer: Self) -> Self {
        self.alert.value = newer.alert.value;
        self.alert.annotations = newer.alert.annotations;
        self.source = newer.source;
        self
    }
}

/// Alerts that are new, or whose state or knowledge is another one.
fn changed(before: &Instances, after: &Instances) -> Vec<Alert> {
    let differs = |instance: &&Instance| {
        let now = &instance.alert;
        before.get(&now.labels).is_none_or(|before| {
            let before = &before.alert;
            before.state != now.state
                || before.unknown_since != now.unknown_since
                || before.active_at != now.active_at
        })
    };
    after
        .values()
        .filter(differs)
        .map(|instance| instance.alert.clone())
        .collect()
}

/// `ALERTS` and `ALERTS_FOR_STATE` of an alert that is pending or firing.
pub(crate) fn samples(alert: &Alert) -> Vec<(Labels, f64)> {
    if alert.state == State::Inactive {
        return Vec::new();
    }
    let state = alert
        .labels
        .with(NAME, "ALERTS")
        .with("alertstate", alert.state.name());
    let since = alert.labels.with(NAME, "ALERTS_FOR_STATE");
    // Exact in a float for millions of years.
    let seconds = alert.active_at.div_euclid(1000) as f64;
    vec![(state, 1.0), (since, seconds)]
}

/// Answers a template's query.
fn ask(source: &dyn Source, text: &str, at: i64) -> Result<Vec<(Labels, f64)>, String> {
    let query = promql::parse(text).map_err(|error| error.to_string())?;
    super::evaluate::vector(&query, source, at)
}
