//! A restart: the state is taken as JSON, and another engine goes on with it.

use rules::{Engine, Options, Snapshot, State};

use crate::lifecycle::{DOWN, MINUTE, World, series};

/// Another process with the same samples.
fn restarted(world: World, file: &str) -> World {
    let text = serde_json::to_string(&world.engine.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    let groups = rules::load([("rules.yml", file)]).unwrap();
    let mut engine = Engine::new(groups, Options::default());
    engine.restore(snapshot).unwrap();
    World {
        engine,
        store: world.store,
    }
}

#[test]
fn a_firing_alert_fires_on_without_being_pending_again() {
    let mut world = World::new(DOWN, true);
    for minute in 0..4 {
        world.set(minute * MINUTE, "up", 0.0);
        world.evaluate(minute * MINUTE);
    }
    assert_eq!(world.state(), Some(State::Firing));
    let before = world.engine.alerts().next().unwrap().clone();
    let mut world = restarted(world, DOWN);
    assert_eq!(world.engine.alerts().next(), Some(&before));
    world.set(4 * MINUTE, "up", 0.0);
    let outcome = world.evaluate(4 * MINUTE);
    assert_eq!(outcome.changed, []);
    let after = world.engine.alerts().next().unwrap();
    assert_eq!(
        (after.state, after.active_at, after.fired_at),
        (State::Firing, 0, Some(2 * MINUTE))
    );
    assert!(
        outcome
            .samples
            .iter()
            .any(|(labels, _)| labels.get("alertstate") == "firing")
    );
}

#[test]
fn for_goes_on_and_the_time_in_which_nobody_looked_does_not_count() {
    let mut world = World::new(DOWN, true);
    world.set(0, "up", 0.0);
    world.evaluate(0);
    let mut short = restarted(world, DOWN);
    short.set(2 * MINUTE, "up", 0.0);
    short.evaluate(2 * MINUTE);
    assert_eq!(
        short.state(),
        Some(State::Firing),
        "a round that is missed is no outage"
    );

    let mut world = World::new(DOWN, true);
    world.set(0, "up", 0.0);
    world.evaluate(0);
    let mut long = restarted(world, DOWN);
    for (at, state) in [(60, State::Pending), (61, State::Firing)] {
        long.set(at * MINUTE, "up", 0.0);
        long.evaluate(at * MINUTE);
        // A minute before the hour, of which one round is counted, and one after it.
        assert_eq!(long.state(), Some(state), "minute {at}");
    }
}

#[test]
fn keep_firing_for_goes_on() {
    let file = "groups: [{name: g, rules: [{alert: Down, expr: 'up == 0', keep_firing_for: 10m}]}]\n";
    let mut world = World::new(file, true);
    for (minute, up) in [(0, 0.0), (1, 1.0), (2, 1.0)] {
        world.set(minute * MINUTE, "up", up);
        world.evaluate(minute * MINUTE);
    }
    assert_eq!(
        world.engine.alerts().next().unwrap().keep_firing_since,
        Some(MINUTE)
    );
    let mut world = restarted(world, file);
    let mut states = Vec::new();
    for minute in 3..13 {
        world.set(minute * MINUTE, "up", 1.0);
        world.evaluate(minute * MINUTE);
        states.extend(world.state());
    }
    assert_eq!(
        states.iter().position(|state| *state == State::Inactive),
        Some(8),
        "at minute 11: {states:?}"
    );
}

#[test]
fn a_series_that_vanished_over_the_restart_does_not_resolve_its_alert() {
    let mut world = World::new(DOWN, true);
    for minute in 0..4 {
        world.set(minute * MINUTE, "up", 0.0);
        world.evaluate(minute * MINUTE);
    }
    world
        .store
        .push(&series("up"), 4 * MINUTE, promql::STALE)
        .unwrap();
    let mut world = restarted(world, DOWN);
    world.evaluate(5 * MINUTE);
    let alert = world.engine.alerts().next().unwrap();
    assert_eq!(
        (alert.state, alert.unknown_since),
        (State::Firing, Some(5 * MINUTE))
    );
    let mut world = restarted(world, DOWN);
    world.evaluate(6 * MINUTE);
    assert_eq!(
        world.engine.alerts().next().unwrap().unknown_since,
        Some(5 * MINUTE)
    );
}

#[test]
fn an_outage_of_the_watcher_resolves_no_unknown_alert() {
    let mut world = World::new(DOWN, true);
    for minute in 0..4 {
        world.set(minute * MINUTE, "up", 0.0);
        world.evaluate(minute * MINUTE);
    }
    world
        .store
        .push(&series("up"), 4 * MINUTE, promql::STALE)
        .unwrap();
    world.evaluate(4 * MINUTE);
    let mut world = restarted(world, DOWN);
    let back = 4 * MINUTE + 30 * 60 * MINUTE;
    assert_eq!(world.evaluate(back).changed, []);
    assert_eq!(world.state(), Some(State::Firing));
    // A round of the day had passed before.
    world.evaluate(back + 24 * 60 * MINUTE - 2 * MINUTE);
    assert_eq!(world.state(), Some(State::Firing));
    world.evaluate(back + 24 * 60 * MINUTE - MINUTE);
    assert_eq!(world.state(), Some(State::Inactive));
}

#[test]
fn series_of_an_alert_that_ended_over_the_restart_end() {
    let mut world = World::new(DOWN, true);
    world.set(0, "up", 0.0);
    world.evaluate(0);
    let mut world = restarted(world, DOWN);
    world.set(MINUTE, "up", 1.0);
    let outcome = world.evaluate(MINUTE);
    assert_eq!(
        outcome
            .samples
            .iter()
            .filter(|(_, value)| promql::is_stale(*value))
            .count(),
        2
    );
}

#[test]
fn alerts_go_with_their_rule_and_those_without_one_are_named() {
    let file = "groups: [{name: g, rules: [{alert: A, expr: 'x', labels: {l: a}}, {alert: A, expr: 'y', labels: {l: b}}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "x", 1.0);
    world.set(0, "y", 1.0);
    world.evaluate(0);
    let snapshot = world.engine.snapshot();
    // The first is gone, and the other has another expression.
    let other =
        "groups: [{name: g, rules: [{record: n, expr: '1'}, {alert: A, expr: 'y > 0', labels: {l: b}}]}]\n";
    let mut engine = Engine::new(rules::load([("r", other)]).unwrap(), Options::default());
    let restored = engine.restore(snapshot.clone()).unwrap();
    assert_eq!(restored.kept, 1);
    assert_eq!(restored.dropped.len(), 1);
    assert_eq!(restored.dropped[0].labels.get("l"), "a");
    let mut empty = Engine::new(Vec::new(), Options::default());
    assert_eq!(empty.restore(snapshot).unwrap().dropped.len(), 2);
}

#[test]
fn a_file_more_with_a_group_of_the_same_name_takes_no_alert_away() {
    let one = "groups: [{name: g, rules: [{alert: A, expr: 'x'}]}]\n";
    let mut world = World::new(one, true);
    world.set(0, "x", 1.0);
    world.evaluate(0);
    let other = "groups: [{name: g, rules: [{alert: B, expr: 'y'}]}]\n";
    let groups = rules::load([("a.yml", other), ("b.yml", one)]).unwrap();
    let mut engine = Engine::new(groups, Options::default());
    let restored = engine.restore(world.engine.snapshot()).unwrap();
    assert_eq!((restored.kept, restored.dropped), (1, Vec::new()));
}

#[test]
fn numbers_that_json_has_not_survive_and_another_version_is_refused() {
    let mut world = World::new("groups: [{name: g, rules: [{alert: A, expr: 'x'}]}]\n", true);
    world.set(0, "x", f64::NEG_INFINITY);
    world.evaluate(0);
    let text = serde_json::to_string(&world.engine.snapshot()).unwrap();
    let world = restarted(world, "groups: [{name: g, rules: [{alert: A, expr: 'x'}]}]\n");
    assert_eq!(world.engine.alerts().next().unwrap().value, f64::NEG_INFINITY);
    let newer: Snapshot = serde_json::from_str(&text.replacen("\"version\":1", "\"version\":2", 1)).unwrap();
    let mut engine = Engine::new(Vec::new(), Options::default());
    assert!(engine.restore(newer).is_err());
}
