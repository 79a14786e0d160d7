//! What an engine does over time.

use promql::{Labels, Source, is_stale};
use rules::memory::Memory;
use rules::{Engine, Options, Outcome, Overlay, State, Store};

pub(crate) const MINUTE: i64 = 60_000;

/// An engine of a rule file, over series that the test sets.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Memory,
}

pub(crate) fn series(text: &str) -> Labels {
    Labels::new(rules::unit::metric::metric(text).unwrap())
}

impl World {
    pub(crate) fn new(file: &str, hold_unknown: bool) -> Self {
        let groups = rules::load([("rules.yml", file)]).unwrap_or_else(|problems| panic!("{problems}"));
        let engine = Engine::new(
            groups,
            Options {
                hold_unknown,
                ..Options::default()
            },
        );
        Self {
            engine,
            store: Memory::new(),
        }
    }

    pub(crate) fn set(&mut self, at: i64, name: &str, value: f64) {
        self.store.push(&series(name), at, value).unwrap();
    }

    pub(crate) fn evaluate(&mut self, at: i64) -> Outcome {
        self.engine.evaluate(0, at, &mut self.store)
    }

    /// Labels without the alert's name, and state, of all alerts.
    pub(crate) fn states(&self) -> Vec<(String, State)> {
        let all = self.engine.alerts();
        all.map(|alert| {
            (
                alert.labels.only(|name| name != "alertname").to_string(),
                alert.state,
            )
        })
        .collect()
    }

    pub(crate) fn state(&self) -> Option<State> {
        self.engine.alerts().next().map(|alert| alert.state)
    }
}

pub(crate) const DOWN: &str =
    "groups: [{name: g, rules: [{alert: Down, expr: 'up == 0', for: 2m, keep_firing_for: 1m}]}]\n";

#[test]
fn it_is_pending_then_firing_then_kept_then_resolved_then_forgotten() {
    let mut world = World::new(DOWN, true);
    let mut seen = Vec::new();
    for minute in 0..24 {
        world.set(minute * MINUTE, "up", if minute < 4 { 0.0 } else { 1.0 });
        let outcome = world.evaluate(minute * MINUTE);
        seen.push(world.state());
        assert_eq!(outcome.failures, []);
    }
    use State::{Firing, Inactive, Pending};
    let first: Vec<State> = seen.iter().take(6).flatten().copied().collect();
    assert_eq!(first, [Pending, Pending, Firing, Firing, Firing, Inactive]);
    // Resolved at minute 5, told of for 15 minutes more.
    assert_eq!(seen.iter().filter(|state| **state == Some(Inactive)).count(), 16);
    assert_eq!(seen.last(), Some(&None));
}

#[test]
fn its_series_say_the_same_and_end_with_it() {
    let mut world = World::new(DOWN, true);
    world.set(0, "up{a=\"b\"}", 0.0);
    let named = |outcome: &Outcome| -> Vec<(String, f64)> {
        outcome
            .samples
            .iter()
            .map(|(labels, value)| (labels.to_string(), *value))
            .collect()
    };
    let pending = r#"ALERTS{a="b", alertname="Down", alertstate="pending"}"#;
    let firing = r#"ALERTS{a="b", alertname="Down", alertstate="firing"}"#;
    let since = r#"ALERTS_FOR_STATE{a="b", alertname="Down"}"#;
    assert_eq!(
        named(&world.evaluate(0)),
        [(pending.to_owned(), 1.0), (since.to_owned(), 0.0)]
    );
    world.set(2 * MINUTE, "up{a=\"b\"}", 0.0);
    let outcome = world.evaluate(2 * MINUTE);
    assert_eq!(
        named(&outcome)[..2],
        [(firing.to_owned(), 1.0), (since.to_owned(), 0.0)]
    );
    assert!(outcome.samples.len() == 3 && is_stale(outcome.samples[2].1));
    assert_eq!(named(&outcome)[2].0, pending);
    world.set(3 * MINUTE, "up{a=\"b\"}", 1.0);
    world.evaluate(3 * MINUTE);
    let outcome = world.evaluate(4 * MINUTE);
    assert_eq!(
        outcome
            .samples
            .iter()
            .filter(|(_, value)| is_stale(*value))
            .count(),
        2,
        "{outcome:?}"
    );
}

#[test]
fn later_rules_see_what_earlier_ones_recorded_and_what_vanishes_ends() {
    let file = "groups: [{name: g, rules: [{record: twice, expr: 'x * 2'}, {record: four, expr: 'twice * 2', labels: {a: ''}}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "x{a=\"1\"}", 3.0);
    let outcome = world.evaluate(0);
    let all: Vec<String> = outcome
        .samples
        .iter()
        .map(|(labels, value)| format!("{labels} {value}"))
        .collect();
    assert_eq!(all, ["twice{a=\"1\"} 6", "four 12"]);
    world
        .store
        .push(&series("x{a=\"1\"}"), MINUTE, promql::STALE)
        .unwrap();
    let outcome = world.evaluate(MINUTE);
    assert!(outcome.samples.len() == 2 && outcome.samples.iter().all(|(_, value)| is_stale(*value)));
    assert_eq!(world.evaluate(2 * MINUTE).samples, []);
}

#[test]
fn a_source_that_cannot_be_written_is_overlaid() {
    let file =
        "groups: [{name: g, rules: [{record: twice, expr: 'x * 2'}, {record: four, expr: 'twice * 2'}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "x", 3.0);
    let outcome = world.engine.evaluate(0, 0, &mut Overlay::new(&world.store));
    let values: Vec<f64> = outcome.samples.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [6.0, 12.0]);
    assert_eq!(
        world
            .store
            .select(&[promql::Matcher::equal("__name__", "four")], 0, 1),
        []
    );
}

#[test]
fn a_rule_that_fails_keeps_its_alerts_and_is_reported() {
    // Two series that the rule's labels make one.
    let file = "groups: [{name: g, rules: [{alert: A, expr: 'x > 0', labels: {i: all}}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "x{i=\"1\"}", 1.0);
    world.evaluate(0);
    world.set(MINUTE, "x{i=\"2\"}", 1.0);
    let outcome = world.evaluate(MINUTE);
    assert_eq!(outcome.failures.len(), 1);
    assert!(outcome.samples.is_empty() && outcome.changed.is_empty());
    assert_eq!(world.state(), Some(State::Firing));
    assert!(world.engine.health().next().unwrap().failing.is_some());
    world
        .store
        .push(&series("x{i=\"2\"}"), 2 * MINUTE, promql::STALE)
        .unwrap();
    assert_eq!(world.evaluate(2 * MINUTE).failures, []);
    assert_eq!(world.engine.health().next().unwrap().failing, None);
}

#[test]
fn over_its_limit_a_rule_fails_and_only_prometheus_forgets_its_alerts() {
    let file = "groups: [{name: g, limit: 1, rules: [{alert: A, expr: 'x > 0'}, {record: r, expr: 'x'}]}]\n";
    for (hold_unknown, left) in [(true, 1), (false, 0)] {
        let mut world = World::new(file, hold_unknown);
        world.set(0, "x{i=\"1\"}", 1.0);
        assert_eq!(world.evaluate(0).failures, []);
        world.set(MINUTE, "x{i=\"2\"}", 1.0);
        let failures = world.evaluate(MINUTE).failures;
        let reasons: Vec<&str> = failures.iter().map(|failure| failure.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "exceeded limit of 1 with 2 alerts",
                "exceeded limit of 1 with 2 series"
            ]
        );
        assert_eq!(world.states().len(), left);
    }
}

#[test]
fn a_store_that_refuses_makes_the_rule_fail() {
    struct Full(Memory);
    impl Source for Full {
        fn select(&self, matchers: &[promql::Matcher], from: i64, to: i64) -> Vec<promql::Series> {
            self.0.select(matchers, from, to)
        }
    }
    impl Store for Full {
        fn append(&mut self, _: i64, _: &[(Labels, f64)]) -> Result<(), String> {
            Err("no space".to_owned())
        }
    }
    let mut world = World::new(
        "groups: [{name: g, rules: [{record: r, expr: 'vector(1)'}]}]\n",
        true,
    );
    let outcome = world.engine.evaluate(0, 0, &mut Full(Memory::new()));
    assert_eq!(outcome.failures[0].reason, "no space");
}

#[test]
fn what_changed_is_told_once() {
    let mut world = World::new(DOWN, true);
    let mut told = Vec::new();
    for minute in 0..8 {
        world.set(minute * MINUTE, "up", f64::from(u8::from(minute >= 3)));
        told.extend(
            world
                .evaluate(minute * MINUTE)
                .changed
                .into_iter()
                .map(|alert| (minute, alert.state)),
        );
    }
    assert_eq!(
        told,
        [(0, State::Pending), (2, State::Firing), (4, State::Inactive)]
    );
    let mut world = World::new(DOWN, true);
    world.set(0, "up", 0.0);
    world.evaluate(0);
    world.set(MINUTE, "up", 1.0);
    let changed = world.evaluate(MINUTE).changed;
    assert!(changed.len() == 1 && changed[0].state == State::Inactive && changed[0].resolved_at.is_none());
    assert_eq!(world.states(), []);
}
