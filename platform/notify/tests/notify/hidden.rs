//! What depends on a root is listed under it; what is silenced is counted.

use notify::silence::NewSilence;
use notify::{Matcher, NotifyError};

use crate::world::{World, on_both};

on_both!(
    a_root_hides_and_lists_its_dependents,
    a_silence_hides_for_a_time_and_is_counted
);

const ROOT: [(&str, &str); 3] = [("alertname", "HostDown"), ("host", "a"), ("severity", "critical")];
const DEPENDENT: [(&str, &str); 3] = [("alertname", "Slow"), ("host", "a"), ("severity", "warning")];

async fn a_root_hides_and_lists_its_dependents(world: World) {
    world.fire(&ROOT).await;
    world.fire(&DEPENDENT).await;
    world
        .fire(&[("alertname", "Slow"), ("host", "b"), ("severity", "warning")])
        .await;
    world.pass(30).await;
    let got = world.got("chat");
    let root = got
        .iter()
        .find(|r| r.names(true).contains(&"HostDown".to_owned()))
        .unwrap();
    assert_eq!(
        (root.page.dependents_total, root.page.dependents.as_slice()),
        (1, ["Slow".to_owned()].as_slice())
    );
    let slow = got
        .iter()
        .find(|r| r.names(true).contains(&"Slow".to_owned()))
        .unwrap();
    assert_eq!(slow.page.alerts.len(), 1);
    assert_eq!(slow.page.alerts[0].labels["host"], "b");
    let listed = world.notifier.alerts().await.unwrap();
    let hidden = listed.iter().find(|one| one.inhibited_by.is_some()).unwrap();
    assert_eq!(hidden.alert.labels["host"], "a");
    assert!(hidden.firing && !hidden.groups.is_empty());

    // The root is mended, the dependent is not: now it is told.
    world.end(&ROOT).await;
    world.pass(600).await;
    let told = world.got("chat").into_iter().any(|r| {
        r.page
            .alerts
            .iter()
            .any(|a| a.name() == "Slow" && a.labels["host"] == "a" && a.fires(r.page.at))
    });
    assert!(told);
}

fn asked(world: &World, matchers: &[&str], hours: i64) -> NewSilence {
    NewSilence {
        matchers: matchers
            .iter()
            .map(|text| Matcher::parse(text).unwrap())
            .collect(),
        starts_at: 0,
        ends_at: world.now() + hours * 3_600_000_000,
        created_by: "li".to_owned(),
        comment: "maintenance, call 13800000000".to_owned(),
    }
}

async fn a_silence_hides_for_a_time_and_is_counted(world: World) {
    let id = world
        .notifier
        .silence(asked(&world, &["alertname=Slow"], 1))
        .await
        .unwrap();
    world.fire(&[("alertname", "Slow")]).await;
    world.pass(1800).await;
    assert_eq!(world.got("chat").len(), 0);
    let meters = world.notifier.meters().await.unwrap();
    let value = |name: &str| meters.iter().find(|meter| meter.name == name).unwrap().value;
    assert_eq!(value("backstop_notify_alerts_firing"), 1);
    assert_eq!(value("backstop_notify_alerts_silenced"), 1);
    assert_eq!(
        world.notifier.alerts().await.unwrap()[0].silenced_by.as_deref(),
        Some(id.as_str())
    );
    let listed = world.notifier.silences(false).await.unwrap();
    assert_eq!(listed[0].comment, "maintenance, call ***");
    world.pass(2400).await;
    assert_eq!(world.got("chat").len(), 1, "told once the silence is over");
    assert_eq!(world.notifier.silences(false).await.unwrap().len(), 0);
    assert_eq!(world.notifier.silences(true).await.unwrap().len(), 1);

    // Ended early.
    let id = world
        .notifier
        .silence(asked(&world, &["alertname=Full"], 5))
        .await
        .unwrap();
    world.fire(&[("alertname", "Full")]).await;
    world.pass(60).await;
    world.notifier.expire(&id, "wang").await.unwrap();
    assert_eq!(
        world.notifier.expire(&id, "wang").await,
        Err(NotifyError::Unknown("silence in force"))
    );
    world.pass(300).await;
    assert_eq!(world.got("chat").len(), 2);

    for (matchers, hours, field) in [
        (&["alertname=~\".*\""][..], 1, "matchers"),
        (&[], 1, "matchers"),
        (&["alertname!=X"], 1, "matchers"),
        (&["alertname=X"], 24 * 8, "ends_at"),
        (&["alertname=X"], -1, "ends_at"),
    ] {
        let refused = world.notifier.silence(asked(&world, matchers, hours)).await;
        assert!(
            matches!(&refused, Err(NotifyError::Invalid { field: at, .. }) if at == field),
            "{refused:?}"
        );
    }
    let unreasoned = NewSilence {
        comment: " ".to_owned(),
        ..asked(&world, &["alertname=X"], 1)
    };
    assert!(world.notifier.silence(unreasoned).await.is_err());
}
