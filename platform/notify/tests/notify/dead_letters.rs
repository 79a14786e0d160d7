//! A channel that fails: retries, a bound, and an alert about it.

use std::time::Duration;

use notify::channel::Failure;
use notify::{Event, UNDELIVERED};

use crate::stand::Plan;
use crate::world::{CONFIG, World, on_both};

on_both!(
    a_failure_is_tried_again_with_patience,
    a_dead_letter_is_told_and_can_be_revived,
    what_waits_for_a_channel_that_is_gone_is_given_up_aloud,
);

fn attempts(pages: &[notify::Sent]) -> Vec<(String, i64)> {
    pages
        .iter()
        .map(|page| (page.state.clone(), page.attempts))
        .collect()
}

async fn a_failure_is_tried_again_with_patience(world: World) {
    world.fire(&[("alertname", "Slow")]).await;
    for _ in 0..3 {
        world.stand.plan(Plan::Fail(Failure::new("HTTP status 503")));
    }
    world.pass(30).await;
    let pages = world.notifier.pages(None, 10).await.unwrap();
    assert_eq!(
        (pages[0].attempts, pages[0].error.as_deref()),
        (1, Some("HTTP status 503"))
    );
    world.pass(60).await;
    assert_eq!(
        attempts(&world.notifier.pages(None, 10).await.unwrap()),
        [("sent".to_owned(), 4)]
    );
    assert_eq!(world.got("chat").len(), 1);

    // Retry-After is kept, and others on the channel wait as well.
    let limited = Failure {
        why: "HTTP status 429".to_owned(),
        retry_after: Some(Duration::from_mins(10)),
    };
    world.stand.plan(Plan::Fail(limited));
    world.fire(&[("alertname", "Full")]).await;
    world.pass(30).await;
    world.fire(&[("alertname", "Late")]).await;
    world.pass(540).await;
    assert_eq!(world.got("chat").len(), 1);
    world.pass(60).await;
    assert_eq!(world.got("chat").len(), 3);
}

async fn a_dead_letter_is_told_and_can_be_revived(mut world: World) {
    // The alert about it goes another way.
    let other = r#"
[[receivers]]
name = "other"
channels = ["mail"]

[[channels]]
name = "mail"
exec = { program = "/bin/true" }
"#;
    let route =
        "[[route.routes]]\nmatchers = ['alertname=\"BackstopPageUndelivered\"']\nreceiver = \"other\"\n\n";
    let config = CONFIG.replacen("[[route.routes]]", &format!("{route}[[route.routes]]"), 1);
    world.reconfigure(&format!("{config}{other}")).await;
    world.fire(&[("alertname", "Slow")]).await;
    world.stand.broken(true);
    world.pass(3600 + 30).await;
    let dead = world.notifier.pages(Some("dead"), 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].attempts > 10 && dead[0].attempts < 30, "{dead:?}");
    let events = world.notifier.events();
    assert!(
        matches!(&events[..], [Event::Dead { channel, .. }] if channel == "chat"),
        "{events:?}"
    );
    let alerts = world.notifier.alerts().await.unwrap();
    let own = alerts.iter().find(|one| one.alert.name() == UNDELIVERED).unwrap();
    assert_eq!(own.alert.labels["channel"], "chat");
    let queued = world.notifier.pages(Some("queued"), 10).await.unwrap();
    world.pass(60).await;
    let queued_then = world.notifier.pages(Some("queued"), 10).await.unwrap();
    assert!(
        queued
            .iter()
            .chain(&queued_then)
            .any(|page| page.channel == "mail"),
        "{queued_then:?}"
    );

    world.stand.broken(false);
    world.notifier.revive(&dead[0].key).await.unwrap();
    assert!(world.notifier.revive(&dead[0].key).await.is_err());
    world.settle().await;
    let got = world.got("chat");
    assert_eq!((got.len(), &got[0].key), (1, &dead[0].key), "under the same key");
    let alerts = world.notifier.alerts().await.unwrap();
    assert!(
        alerts.iter().all(|one| one.alert.name() != UNDELIVERED),
        "what got through ends the alert"
    );
}

async fn what_waits_for_a_channel_that_is_gone_is_given_up_aloud(mut world: World) {
    world.fire(&[("alertname", "Slow")]).await;
    world.stand.broken(true);
    world.pass(30).await;
    world.stand.broken(false);
    let renamed = CONFIG
        .replace("name = \"chat\"", "name = \"talk\"")
        .replace("channels = [\"chat\"]", "channels = [\"talk\"]");
    world.reconfigure(&renamed).await;
    let dead = world.notifier.pages(Some("dead"), 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].channel.as_str()), (1, "chat"));
    let events = world.notifier.events();
    assert!(
        matches!(&events[..], [Event::Dead { channel, key, .. }] if channel == "chat" && *key == dead[0].key),
        "{events:?}"
    );
    let alerts = world.notifier.alerts().await.unwrap();
    assert!(alerts.iter().any(|one| one.alert.name() == UNDELIVERED));
    world.restart().await;
    assert_eq!(world.notifier.events(), [], "told once");
}
