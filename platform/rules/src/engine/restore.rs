//! Putting back what outlived a restart or a change of the rule files.

use std::collections::HashMap;

use super::alert::{Alert, State};
use super::alerting::samples;
use super::evaluate::{Engine, Running};
use super::snapshot::{BadSnapshot, RuleAlerts, Snapshot};

/// What became of the alerts of a snapshot.
#[derive(Debug, Default)]
pub struct Restored {
    /// How many are back.
    pub kept: usize,
    /// Those whose rule is not there any more: whoever was told of one that fires must be told that nobody looks
    /// after it now.
    pub dropped: Vec<Alert>,
}

impl Engine {
    /// Gives the rules the alerts that they had: by the names of group and rule and by the rule's labels; of rules
    /// alike the first has the first's. An expression or a duration may have changed meanwhile.
    ///
    /// # Errors
    /// A snapshot of another version; then nothing is restored.
    pub fn restore(&mut self, snapshot: Snapshot) -> Result<Restored, BadSnapshot> {
        snapshot.check()?;
        let mut restored = Restored::default();
        let mut taken: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut used = Vec::new();
        for group in snapshot.groups {
            // A name is given once in a file only: of several, the one that has most of its rules, else the first.
            let found = self.groups.iter().enumerate().rev();
            let found =
                found.filter(|(at, running)| *running.group.name == *group.name && !used.contains(at));
            let Some((index, _)) = found.max_by_key(|(_, running)| running.count(&group.rules)) else {
                restored.dropped.extend(
                    group
                        .rules
                        .into_iter()
                        .flat_map(|rule| orphans(rule, &group.name)),
                );
                continue;
            };
            used.push(index);
            let Some(running) = self.groups.get_mut(index) else {
                continue;
            };
            running.evaluated_at = group.evaluated_at;
            running.restored = true;
            for rule in group.rules {
                match running.position(&rule, taken.entry(index).or_default()) {
                    Some(at) => restored.kept += running.give(at, rule),
                    None => restored.dropped.extend(orphans(rule, &group.name)),
                }
            }
        }
        Ok(restored)
    }
}

fn orphans(rule: RuleAlerts, group: &str) -> Vec<Alert> {
    let (name, group) = (rule.name.into(), group.into());
    rule.alerts
        .into_iter()
        .map(|alert| alert.instance(&name, &group).alert)
        .collect()
}

impl Running {
    /// How many of these rules it has.
    fn count(&self, rules: &[RuleAlerts]) -> usize {
        let mut taken = Vec::new();
        rules
            .iter()
            .filter(|rule| self.position(rule, &mut taken).is_some())
            .count()
    }

    fn position(&self, state: &RuleAlerts, taken: &mut Vec<usize>) -> Option<usize> {
        let same = |at: &usize| {
            self.group.rules.get(*at).is_some_and(|rule| {
                let labels = rule
                    .labels
                    .iter()
                    .map(|(name, text)| (name.as_ref(), text.as_ref()));
                rule.alerting().is_some()
                    && *rule.name == *state.name
                    && labels.eq(state
                        .labels
                        .iter()
                        .map(|(name, text)| (name.as_str(), text.as_str())))
            })
        };
        let at = (0..self.group.rules.len()).find(|at| !taken.contains(at) && same(at))?;
        taken.push(at);
        Some(at)
    }

    fn give(&mut self, at: usize, state: RuleAlerts) -> usize {
        let (Some(rule), Some(held)) = (self.group.rules.get(at), self.rules.get_mut(at)) else {
            return 0;
        };
        let same_expr = *rule.expr == *state.expr;
        let count = state.alerts.len();
        for alert in state.alerts {
            let mut instance = alert.instance(&rule.name, &self.group.name);
            if !same_expr {
                // It counted the selectors of another expression.
                instance.basis = None;
            }
            held.previous
                .extend(samples(&instance.alert).into_iter().map(|(labels, _)| labels));
            held.instances.insert(instance.alert.labels.clone(), instance);
        }
        count
    }

    /// In the first round after a restart: the time in which nobody looked counts neither for `for` nor for
    /// `keep_firing_for`, as in Prometheus, nor for the day after which an unknown alert is resolved. A restart that
    /// misses one round is none.
    pub(crate) fn resume(&mut self, at: i64, interval: i64) {
        if !std::mem::take(&mut self.restored) {
            return;
        }
        let interval = self.group.interval.unwrap_or(interval);
        let Some(gap) = self
            .evaluated_at
            .map(|before| at - before)
            .filter(|gap| *gap > 2 * interval)
        else {
            return;
        };
        let unseen = gap - interval;
        for instance in self
            .rules
            .iter_mut()
            .flat_map(|state| state.instances.values_mut())
        {
            let alert = &mut instance.alert;
            if alert.state == State::Pending {
                alert.active_at += unseen;
            }
            let kept = [&mut alert.keep_firing_since, &mut alert.unknown_since];
            kept.into_iter().flatten().for_each(|since| *since += unseen);
        }
    }
}
