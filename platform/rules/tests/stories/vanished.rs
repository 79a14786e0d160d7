//! Data that vanishes does not resolve an alert, unless the engine is to be as Prometheus.

use rules::State;

use crate::lifecycle::{MINUTE, World, series};

const HOUR: i64 = 60 * MINUTE;

/// A world in which the only alert of this expression fires at minute 5, with samples of every quarter of a minute.
fn firing(expr: &str, hold_unknown: bool, set: impl Fn(&mut World, i64)) -> World {
    let file = format!("groups: [{{name: g, rules: [{{alert: A, expr: '{expr}'}}]}}]\n");
    let mut world = World::new(&file, hold_unknown);
    for quarter in 0..=20 {
        set(&mut world, quarter * MINUTE / 4);
        if quarter % 4 == 0 {
            world.evaluate(quarter * MINUTE / 4);
        }
    }
    let states = world.states();
    assert!(
        states.iter().any(|(_, state)| *state == State::Firing),
        "{expr}: {states:?}"
    );
    world
}

fn stale(world: &mut World, at: i64, name: &str) {
    world.store.push(&series(name), at, promql::STALE).unwrap();
}

/// State, and whether it is known, after a round.
fn after(world: &mut World, at: i64) -> (Option<State>, bool) {
    world.evaluate(at);
    let alert = world.engine.alerts().next();
    (
        alert.map(|alert| alert.state),
        alert.is_none_or(|alert| alert.unknown_since.is_none()),
    )
}

#[test]
fn it_fires_on_as_unknown_until_the_data_is_back() {
    for back in [0.0, 1.0] {
        let mut world = firing("up{job=\"x\"} == 0", true, |world, at| {
            world.set(at, "up{job=\"x\",i=\"1\"}", 0.0)
        });
        stale(&mut world, 6 * MINUTE, "up{job=\"x\",i=\"1\"}");
        assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Firing), false));
        let outcome = world.evaluate(7 * MINUTE);
        assert!(
            outcome
                .samples
                .iter()
                .any(|(labels, value)| labels.get("alertstate") == "firing" && *value == 1.0)
        );
        assert_eq!(outcome.changed, [], "it is told once");
        assert_eq!(
            world.engine.alerts().next().unwrap().unknown_since,
            Some(6 * MINUTE)
        );
        world.set(8 * MINUTE, "up{job=\"x\",i=\"1\"}", back);
        let wanted = if back == 0.0 {
            State::Firing
        } else {
            State::Inactive
        };
        assert_eq!(after(&mut world, 8 * MINUTE), (Some(wanted), true));
    }
}

#[test]
fn as_prometheus_it_resolves() {
    let mut world = firing("up == 0", false, |world, at| world.set(at, "up", 0.0));
    stale(&mut world, 6 * MINUTE, "up");
    assert_eq!(after(&mut world, 6 * MINUTE).0, Some(State::Inactive));
}

#[test]
fn without_an_end_it_is_unknown_when_the_last_sample_is_too_old() {
    let mut world = firing("up == 0", true, |world, at| world.set(at, "up", 0.0));
    for minute in 6..=10 {
        assert_eq!(
            after(&mut world, minute * MINUTE),
            (Some(State::Firing), true),
            "minute {minute}"
        );
    }
    assert_eq!(after(&mut world, 11 * MINUTE), (Some(State::Firing), false));
}

#[test]
fn after_a_day_it_is_resolved_as_unknown() {
    let mut world = firing("up == 0", true, |world, at| world.set(at, "up", 0.0));
    stale(&mut world, 6 * MINUTE, "up");
    after(&mut world, 6 * MINUTE);
    assert_eq!(
        after(&mut world, 6 * MINUTE + 24 * HOUR - 1),
        (Some(State::Firing), false)
    );
    assert_eq!(
        after(&mut world, 6 * MINUTE + 24 * HOUR),
        (Some(State::Inactive), false)
    );
}

#[test]
fn another_series_of_the_same_selector_is_no_sign_of_life() {
    let mut world = firing("up == 0", true, |world, at| {
        world.set(at, "up{i=\"1\"}", 0.0);
        world.set(at, "up{i=\"2\"}", 1.0);
    });
    stale(&mut world, 6 * MINUTE, "up{i=\"1\"}");
    world.set(6 * MINUTE, "up{i=\"2\"}", 1.0);
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Firing), false));
}

#[test]
fn of_an_aggregation_the_rest_of_its_series_is_one() {
    let both = |world: &mut World, at| {
        world.set(at, "queue{job=\"a\",i=\"1\"}", 90.0);
        world.set(at, "queue{job=\"a\",i=\"2\"}", 20.0);
        world.set(at, "queue{job=\"b\",i=\"1\"}", 1.0);
    };
    let mut world = firing("sum by (job) (queue) > 100", true, both);
    stale(&mut world, 6 * MINUTE, "queue{job=\"a\",i=\"1\"}");
    world.set(6 * MINUTE, "queue{job=\"a\",i=\"2\"}", 20.0);
    assert_eq!(
        after(&mut world, 6 * MINUTE),
        (Some(State::Inactive), true),
        "the other series says 20"
    );
    let mut world = firing("sum by (job) (queue) > 100", true, both);
    stale(&mut world, 6 * MINUTE, "queue{job=\"a\",i=\"1\"}");
    stale(&mut world, 6 * MINUTE, "queue{job=\"a\",i=\"2\"}");
    world.set(6 * MINUTE, "queue{job=\"b\",i=\"1\"}", 1.0);
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Firing), false));
}

#[test]
fn rates_go_unknown_when_their_counter_is_gone() {
    for marked in [true, false] {
        let file = "rate(errors[2m]) > 0.1";
        let mut world = firing(file, true, |world, at| {
            world.set(at, "errors", (at / 1000) as f64)
        });
        if marked {
            stale(&mut world, 5 * MINUTE + 15_000, "errors");
        }
        let mut unknown = false;
        for minute in 6..12 {
            let (state, known) = after(&mut world, minute * MINUTE);
            assert_eq!(state, Some(State::Firing), "minute {minute}, {marked}");
            unknown |= !known;
        }
        assert!(unknown);
    }
}

#[test]
fn rates_that_fall_resolve() {
    let mut world = firing("rate(errors[2m]) > 0.1", true, |world, at| {
        world.set(at, "errors", (at / 1000) as f64)
    });
    let mut last = (None, true);
    for quarter in 21..40 {
        world.set(quarter * MINUTE / 4, "errors", 300.0);
        last = after(&mut world, quarter * MINUTE / 4);
        assert!(last.1, "never unknown");
    }
    assert_eq!(last.0, Some(State::Inactive));
}

#[test]
fn one_side_of_a_division_is_enough_to_not_know() {
    let mut world = firing("errors / on (job) total > 0.5", true, |world, at| {
        world.set(at, "errors{job=\"a\",code=\"500\"}", 9.0);
        world.set(at, "total{job=\"a\"}", 10.0);
    });
    stale(&mut world, 6 * MINUTE, "errors{job=\"a\",code=\"500\"}");
    world.set(6 * MINUTE, "total{job=\"a\"}", 10.0);
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Firing), false));
}

#[test]
fn what_was_not_there_when_it_fired_says_nothing() {
    let mut world = firing("up == 0 unless on (i) maintenance == 1", true, |world, at| {
        world.set(at, "up{i=\"1\"}", 0.0)
    });
    world.set(6 * MINUTE, "up{i=\"1\"}", 0.0);
    world.set(6 * MINUTE, "maintenance{i=\"1\"}", 1.0);
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Inactive), true));
}

#[test]
fn absent_is_not_held() {
    for expr in [
        "absent(up{job=\"x\"})",
        "absent_over_time(up{job=\"x\"}[1m])",
        "absent(up{job=\"x\"}) or vector(0) > 1",
    ] {
        let mut world = firing(expr, true, |world, at| world.set(at, "other", 1.0));
        world.set(6 * MINUTE, "up{job=\"x\"}", 1.0);
        assert_eq!(
            after(&mut world, 6 * MINUTE),
            (Some(State::Inactive), true),
            "{expr}"
        );
    }
}

#[test]
fn a_label_that_no_series_has_like_this_falls_back_to_all_of_the_selector() {
    let expr = "label_replace(up, \"i\", \"host-$1\", \"i\", \"(.*)\") == 0";
    let set = |world: &mut World, at| world.set(at, "up{i=\"1\"}", 0.0);
    let mut world = firing(expr, true, set);
    stale(&mut world, 6 * MINUTE, "up{i=\"1\"}");
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Firing), false));
    let mut world = firing(expr, true, set);
    world.set(6 * MINUTE, "up{i=\"1\"}", 1.0);
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Inactive), true));
}

#[test]
fn rare_samples_are_no_sign_of_an_end() {
    // One each four minutes: the lookback holds one or two of them.
    let file = "groups: [{name: g, rules: [{alert: A, expr: 'age > 5'}]}]\n";
    let mut world = World::new(file, true);
    for minute in 0..60 {
        if minute % 4 == 0 {
            world.set(minute * MINUTE, "age", if minute < 40 { 9.0 } else { 1.0 });
        }
        let (state, known) = after(&mut world, minute * MINUTE);
        assert!(known, "minute {minute}");
        let wanted = if minute < 40 {
            Some(State::Firing)
        } else {
            Some(State::Inactive)
        };
        if minute < 55 {
            assert_eq!(state, wanted, "minute {minute}");
        }
    }
}

#[test]
fn what_the_data_ended_before_it_vanished_has_ended() {
    let file = "groups: [{name: g, rules: [{alert: A, expr: 'up == 0', keep_firing_for: 5m}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "up", 0.0);
    world.evaluate(0);
    world.set(MINUTE, "up", 1.0);
    assert_eq!(after(&mut world, MINUTE), (Some(State::Firing), true));
    stale(&mut world, 2 * MINUTE, "up");
    assert_eq!(after(&mut world, 2 * MINUTE), (Some(State::Firing), true));
    assert_eq!(after(&mut world, 6 * MINUTE), (Some(State::Inactive), true));
}

#[test]
fn a_recorded_series_whose_source_vanished_is_gone_as_well() {
    let file =
        "groups: [{name: g, rules: [{record: r, expr: 'sum by (job) (x)'}, {alert: A, expr: 'r > 5'}]}]\n";
    let mut world = World::new(file, true);
    world.set(0, "x{job=\"a\"}", 9.0);
    world.evaluate(0);
    stale(&mut world, MINUTE, "x{job=\"a\"}");
    assert_eq!(after(&mut world, MINUTE), (Some(State::Firing), false));
}
