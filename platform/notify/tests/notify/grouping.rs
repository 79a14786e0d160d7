//! Alerts are gathered, told together, told again, and told as over.

use crate::world::{CONFIG, World, on_both};

on_both!(
    a_group_gathers_is_told_repeats_and_ends,
    what_is_taken_outlives_a_restart,
    mute_hours_delay,
    an_alert_that_nobody_renews_ends_by_itself,
    a_clock_that_is_set_back_delays_nothing,
);

async fn a_group_gathers_is_told_repeats_and_ends(world: World) {
    world.fire(&[("alertname", "Slow"), ("instance", "a")]).await;
    world.pass(20).await;
    world.fire(&[("alertname", "Slow"), ("instance", "b")]).await;
    world.fire(&[("alertname", "Full"), ("instance", "a")]).await;
    assert_eq!(world.got("chat").len(), 0, "a group waits");
    world.pass(10).await;
    let first = world.got("chat");
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].page.alerts.len(), 2);
    assert_eq!(first[0].page.group_key, r#"{}:{alertname="Slow"}"#);
    world.pass(20).await;
    assert_eq!(world.got("chat").len(), 2, "another group, another page");

    // Handed in again, as Prometheus does each minute: nothing new.
    world.fire(&[("alertname", "Slow"), ("instance", "a")]).await;
    world.pass(600).await;
    assert_eq!(world.got("chat").len(), 2);
    world.pass(4 * 3600).await;
    assert_eq!(world.got("chat").len(), 4, "each is told again after four hours");

    world.end(&[("alertname", "Slow"), ("instance", "a")]).await;
    world.pass(300).await;
    let last = world.got("chat").pop().unwrap();
    assert_eq!((last.names(true).len(), last.names(false).len()), (1, 1));
    world.end(&[("alertname", "Slow"), ("instance", "b")]).await;
    world.pass(300).await;
    let last = world.got("chat").pop().unwrap();
    assert_eq!((last.names(true).len(), last.names(false).len()), (0, 1));
    world.pass(5 * 3600).await;
    let slow = world
        .got("chat")
        .into_iter()
        .filter(|r| r.page.group_key.contains("Slow"))
        .count();
    assert_eq!(slow, 4, "what is over is not repeated");
    let keys: std::collections::BTreeSet<String> = world.got("chat").into_iter().map(|r| r.key).collect();
    assert_eq!(
        keys.len(),
        world.got("chat").len(),
        "each page has a key of its own"
    );
}

async fn what_is_taken_outlives_a_restart(mut world: World) {
    world.fire(&[("alertname", "Slow")]).await;
    world.restart().await;
    world.pass(30).await;
    assert_eq!(world.got("chat").len(), 1);
    world.restart().await;
    world.pass(600).await;
    assert_eq!(world.got("chat").len(), 1, "a restart tells nothing twice");
    world.end(&[("alertname", "Slow")]).await;
    world.restart().await;
    world.pass(300).await;
    assert_eq!(world.got("chat").len(), 2);
    // An outage over the time at which it should have been told.
    world.fire(&[("alertname", "Slow")]).await;
    world.hand.advance_micros(3_600_000_000);
    world.end(&[("alertname", "Slow")]).await;
    world.restart().await;
    world.settle().await;
    assert_eq!(world.got("chat").len(), 3);
    assert_eq!(world.got("chat")[2].names(false), ["Slow"], "told late, as over");

    // Routes that change take what fires with them.
    world.fire(&[("alertname", "Full")]).await;
    world.pass(30).await;
    world
        .reconfigure(&CONFIG.replace(r#"group_by = ["alertname"]"#, r#"group_by = ["team"]"#))
        .await;
    world.pass(600).await;
    let last = world.got("chat").pop().unwrap();
    assert_eq!(
        (last.page.group_key.as_str(), last.names(true)),
        ("{}:{}", vec!["Full".to_owned()])
    );
}

async fn mute_hours_delay(world: World) {
    // 22:00 in China is twelve hours after the start.
    world.pass(5).await;
    world.hand.advance_micros(12 * 3_600_000_000);
    world.fire(&[("alertname", "Batch"), ("team", "night")]).await;
    world.fire(&[("alertname", "Other")]).await;
    world.pass(1800).await;
    assert_eq!(world.got("chat").len(), 1, "other routes are not muted");
    world.pass(9 * 3600).await;
    let told: Vec<String> = world.got("chat").iter().flat_map(|r| r.names(true)).collect();
    assert!(
        told.contains(&"Batch".to_owned()),
        "told when the hours are over: {told:?}"
    );
}

async fn an_alert_that_nobody_renews_ends_by_itself(world: World) {
    let notice = crate::world::notice(
        &[("alertname", "Slow")],
        world.now(),
        Some(world.now() + 300_000_000),
    );
    world.notifier.take(&[notice]).await.unwrap();
    world.pass(700).await;
    let got = world.got("chat");
    assert_eq!((got.len(), got[1].names(false)), (2, vec!["Slow".to_owned()]));
}

async fn a_clock_that_is_set_back_delays_nothing(mut world: World) {
    world.fire(&[("alertname", "Slow")]).await;
    world.pass(10).await;
    world.hand.advance_micros(-3_600_000_000);
    world.pass(30).await;
    assert_eq!(world.got("chat").len(), 1);
    let events = world.notifier.events();
    assert!(
        matches!(&events[..], [notify::Event::ClockWentBack(back)] if *back > 3_500_000_000),
        "{events:?}"
    );
    // Nor does one that is set back while nothing runs.
    world.fire(&[("alertname", "Full")]).await;
    world.settle().await;
    world.hand.advance_micros(-7_200_000_000);
    world.restart().await;
    world.pass(30).await;
    assert_eq!(world.got("chat").len(), 2);
}
