//! What is shown of the watcher.

use std::collections::BTreeMap;

use client::watch::{WatchAlert, WatchAlerts, WatchGroup, WatchStatus, WatchTarget};
use notify::{Notifier, NotifyError};
use rules::{Alert, State};

use crate::Watch;
use crate::answer::number;

/// Microseconds of a millisecond.
const MICROS: i64 = 1_000;
/// Most alerts that are shown: as many as the notifier keeps.
const MOST: usize = 5_000;

impl Watch {
    /// Whether it works, and what it sees.
    ///
    /// # Errors
    /// The store's, asked for pages that wait.
    pub async fn status(&self) -> Result<WatchStatus, NotifyError> {
        let now = self.clock().now_micros();
        let passed = self.notifier().map(Notifier::last_pass);
        let mut complaints = self.beat().complaints(now, passed);
        let pages = self.pages().await?;
        if let Some(dead) = pages.get("dead").filter(|dead| **dead > 0) {
            complaints.push(format!("{dead} pages were given up: nobody got them"));
        }
        let evaluated_at = self
            .beat()
            .evaluated_at
            .load(std::sync::atomic::Ordering::Relaxed);
        let (groups, alerts) = self.rules();
        let state = if complaints.is_empty() {
            "watching"
        } else {
            "blind"
        };
        let series = self
            .health()
            .meters()
            .into_iter()
            .find(|meter| meter.name == "backstop_watch_series");
        Ok(WatchStatus {
            state: state.to_owned(),
            complaints,
            evaluated_at: (evaluated_at > 0).then_some(evaluated_at),
            targets: self.targets(now),
            groups,
            alerts,
            series: series.map_or(0, |meter| meter.value),
            pages,
        })
    }

    /// Alerts that are pending, firing or just over, the most urgent first.
    #[must_use]
    pub fn alerts(&self) -> WatchAlerts {
        let engine = self.engine();
        let mut alerts: Vec<&Alert> = engine.alerts().collect();
        alerts.sort_by(|a, b| b.state.cmp(&a.state).then_with(|| a.labels.cmp(&b.labels)));
        WatchAlerts {
            alerts: alerts.into_iter().take(MOST).map(alert).collect(),
        }
    }

    fn targets(&self, now: i64) -> Vec<WatchTarget> {
        let targets = self.health().targets().into_iter();
        let shown = targets.map(|target| {
            let age = (now / MICROS).saturating_sub(target.at);
            let old = age > i64::try_from(2 * target.interval.as_millis()).unwrap_or(i64::MAX);
            let health = match (&target.down, old) {
                (_, true) => "unknown",
                (Some(_), false) => "down",
                (None, false) => "up",
            };
            WatchTarget {
                job: target.labels.get("job").to_owned(),
                instance: target.labels.get("instance").to_owned(),
                health: health.to_owned(),
                seen_at: Some(target.at.saturating_mul(MICROS)),
                error: target.down,
            }
        });
        shown.collect()
    }

    fn rules(&self) -> (Vec<WatchGroup>, BTreeMap<String, u64>) {
        let engine = self.engine();
        let mut groups: Vec<WatchGroup> = engine
            .groups()
            .map(|group| WatchGroup {
                name: group.name.to_string(),
                interval: group.interval as f64 / 1e3,
                rules: 0,
                failures: Vec::new(),
            })
            .collect();
        for health in engine.health() {
            if let Some(group) = groups.iter_mut().find(|group| group.name == *health.group) {
                group.rules += 1;
                let failing = health.failing.map(|reason| format!("{}: {reason}", health.rule));
                group.failures.extend(failing);
            }
        }
        let mut counts: BTreeMap<String, u64> = ["pending", "firing", "unknown"]
            .map(|name| (name.to_owned(), 0))
            .into();
        for alert in engine.alerts() {
            if let Some(count) = counts.get_mut(alert.state.name()) {
                *count += 1;
            }
            if alert.unknown_since.is_some()
                && let Some(count) = counts.get_mut("unknown")
            {
                *count += 1;
            }
        }
        (groups, counts)
    }

    async fn pages(&self) -> Result<BTreeMap<String, u64>, NotifyError> {
        let Some(notifier) = self.notifier() else {
            return Ok(BTreeMap::new());
        };
        let meters = notifier.meters().await?;
        let of = |name: &str| {
            meters
                .iter()
                .filter(|meter| meter.name == name)
                .map(|meter| meter.value)
                .sum()
        };
        Ok(BTreeMap::from([
            ("queued".to_owned(), of("backstop_notify_pages_queued")),
            ("dead".to_owned(), of("backstop_notify_pages_dead")),
        ]))
    }
}

fn alert(alert: &Alert) -> WatchAlert {
    let labels: BTreeMap<String, String> = alert
        .labels
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let annotations = alert.annotations.iter();
    let state = match alert.state {
        State::Inactive => "resolved",
        state => state.name(),
    };
    WatchAlert {
        fingerprint: notify::fingerprint(&labels),
        state: state.to_owned(),
        labels,
        annotations: annotations
            .map(|(name, text)| (name.to_string(), text.clone()))
            .collect(),
        active_at: alert.active_at.saturating_mul(MICROS),
        unknown_since: alert.unknown_since.map(|since| since.saturating_mul(MICROS)),
        value: number(alert.value),
    }
}
