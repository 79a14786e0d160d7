//! Too many pages: limits are kept, what is cut is summed up, and nobody who has to act waits behind it.

use std::time::Duration;

use db::{DbError, Job};
use notify::channel::Failure;
use notify::page::Kind;
use tokio::sync::oneshot;

use crate::stand::Plan;
use crate::world::{CONFIG, World, on_both};

on_both!(
    a_newer_page_takes_the_place_of_one_that_waits_unless_something_would_be_lost,
    a_group_that_changes_keeps_its_place,
);

async fn limited(per_minute: &str, queued: &str) -> World {
    let config = CONFIG.replacen("per_minute = 600", per_minute, 1);
    World::sqlite_with(&format!("limits = {{ queued = {queued} }}\n{config}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_kept_over_restarts() {
    let mut world = limited("per_minute = 20", "1000").await;
    for i in 0..100 {
        world.fire(&[("alertname", &format!("A{i}"))]).await;
    }
    for minute in 0..6 {
        world.pass(60).await;
        if minute == 2 {
            world.restart().await;
        }
    }
    let times: Vec<i64> = world.got("chat").iter().map(|receipt| receipt.at).collect();
    assert_eq!(times.len(), 100, "all arrive");
    for (i, at) in times.iter().enumerate() {
        let within = times[i..]
            .iter()
            .take_while(|later| **later - at < 60_000_000)
            .count();
        assert!(within <= 20, "{within} in the minute after page {i}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_much_is_summed_up_and_counted() {
    let world = limited("per_minute = 5", "10").await;
    for i in 0..50 {
        world.fire(&[("alertname", &format!("A{i}"))]).await;
    }
    world
        .fire(&[("alertname", "Grave"), ("severity", "critical")])
        .await;
    world.pass(30).await;
    assert_eq!(world.got("sms").len(), 1, "whoever has to act is paged at once");
    let cut = world.notifier.pages(Some("cut"), 1000).await.unwrap();
    assert!(cut.len() >= 35, "{}", cut.len());
    world.pass(600).await;
    let got = world.got("chat");
    let summaries: Vec<_> = got.iter().filter(|r| r.page.kind == Kind::Summary).collect();
    assert_eq!(summaries.len(), 1);
    assert!(
        summaries[0].page.notes[0].starts_with(&cut.len().to_string()),
        "{:?}",
        summaries[0].page.notes
    );
    let told = got.iter().filter(|r| r.page.kind == Kind::Group).count();
    assert_eq!(told + cut.len(), 51, "each page was sent or is in the summary");
    let meters = world.notifier.meters().await.unwrap();
    let counted = meters
        .iter()
        .find(|m| m.name == "backstop_notify_pages_cut" && m.channel == "chat")
        .unwrap();
    assert_eq!(counted.value, cut.len() as u64);
}

async fn a_newer_page_takes_the_place_of_one_that_waits_unless_something_would_be_lost(world: World) {
    let tick = async || while world.notifier.tick().await.unwrap() {};
    world.fire(&[("alertname", "Slow"), ("i", "1")]).await;
    world.hand.advance_micros(30_000_000);
    tick().await;
    // Nothing is sent yet; five minutes later there is a second one, and the first one still fires.
    world.fire(&[("alertname", "Slow"), ("i", "2")]).await;
    world.hand.advance_micros(300_000_000);
    tick().await;
    let pages = world.notifier.pages(None, 10).await.unwrap();
    let states: Vec<&str> = pages.iter().map(|page| page.state.as_str()).collect();
    assert_eq!(states, ["queued", "superseded"]);
    // Both end; the page about that tells of both, so it takes the place, too.
    world.end(&[("alertname", "Slow"), ("i", "1")]).await;
    world.hand.advance_micros(300_000_000);
    tick().await;
    world.end(&[("alertname", "Slow"), ("i", "2")]).await;
    world.hand.advance_micros(300_000_000);
    tick().await;
    // The last page tells of the second alone, so the one before stays.
    let pages = world.notifier.pages(None, 10).await.unwrap();
    let states: Vec<&str> = pages.iter().map(|page| page.state.as_str()).collect();
    assert_eq!(states, ["queued", "queued", "superseded", "superseded"]);
    world.settle().await;
    assert_eq!(world.got("chat").len(), 2);
}

async fn a_group_that_changes_keeps_its_place(world: World) {
    let tick = async || while world.notifier.tick().await.unwrap() {};
    world.fire(&[("alertname", "Grows"), ("i", "1")]).await;
    world.hand.advance_micros(30_000_000);
    tick().await;
    world.fire(&[("alertname", "Other")]).await;
    world.hand.advance_micros(30_000_000);
    tick().await;
    world.fire(&[("alertname", "Grows"), ("i", "2")]).await;
    world.hand.advance_micros(300_000_000);
    tick().await;
    world.settle().await;
    let got = world.got("chat");
    assert_eq!(got[0].names(true), ["Grows", "Grows"], "it waited first");
    assert_eq!(got[1].names(true), ["Other"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cut_while_its_summary_leaves_is_in_a_summary_on_postgresql_too() {
    let mut world = World::postgres().await;
    world
        .reconfigure(&format!("limits = {{ queued = 1 }}\n{CONFIG}"))
        .await;
    for name in ["A", "B"] {
        world.fire(&[("alertname", name)]).await;
    }
    world.hand.advance_micros(30_000_000);
    while world.notifier.tick().await.unwrap() {}
    // One waits, the other is cut for a summary that leaves in a minute; a third comes up then.
    world.hand.advance_micros(30_000_000);
    world.fire(&[("alertname", "C")]).await;
    world.hand.advance_micros(29_000_000);
    world.stand.plan(Plan::Fail(Failure::new("busy")));
    assert_eq!(world.notifier.send_next("chat").await, Ok(Some(false)));
    world.hand.advance_micros(1_000_000);
    // The transaction that cuts the third is held where it has written that, and not yet committed.
    let ((held, holding), (release, released)) = (oneshot::channel(), oneshot::channel::<()>());
    let db = world.db.clone();
    let holder = tokio::spawn(async move {
        db.write(move |tx| -> Job<'_, (), DbError> {
            Box::pin(async move {
                let sql = "SELECT id FROM notify_groups WHERE key LIKE $1 FOR UPDATE";
                assert_eq!(tx.many(sql, &["%\"C\"%".into()]).await?.len(), 1);
                held.send(()).unwrap();
                let _ = released.await;
                Ok(())
            })
        })
        .await
    });
    holding.await.unwrap();
    let notifier = world.notifier.clone();
    let deciding = tokio::spawn(async move { notifier.tick().await });
    let waits = "SELECT pid::bigint FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while world.db.one(waits, &[]).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let notifier = world.notifier.clone();
    let sending = tokio::spawn(async move { notifier.send_next("chat").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    release.send(()).unwrap();
    holder.await.unwrap().unwrap();
    deciding.await.unwrap().unwrap();
    assert_eq!(sending.await.unwrap(), Ok(Some(true)));
    world.pass(120).await;
    let summed: usize = world
        .got("chat")
        .iter()
        .filter(|receipt| receipt.page.kind == Kind::Summary)
        .map(|receipt| {
            let (count, _) = receipt.page.notes[0].split_once(' ').unwrap();
            count.parse::<usize>().unwrap()
        })
        .sum();
    let cut = world.notifier.pages(Some("cut"), 10).await.unwrap();
    assert_eq!((cut.len(), summed), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_alerts_at_once_are_all_told_and_one_more_is_refused() {
    let world = World::sqlite_with(CONFIG).await;
    let now = world.now();
    let one = |i: usize| {
        let (name, instance) = (format!("A{}", i % 50), format!("i{i}"));
        crate::world::notice(&[("alertname", &name), ("instance", &instance)], now, None)
    };
    let notices: Vec<_> = (0..5001).map(one).collect();
    let began = std::time::Instant::now();
    let taken = world.notifier.take(&notices).await.unwrap();
    assert_eq!((taken.kept, taken.refused.len()), (5000, 1));
    let took = began.elapsed();
    world.pass(30).await;
    eprintln!(
        "5,000 alerts: taken in {took:?}, told in {:?}",
        began.elapsed() - took
    );
    let told: usize = world
        .got("chat")
        .iter()
        .map(|r| r.page.alerts.len() + r.page.truncated)
        .sum();
    assert_eq!((world.got("chat").len(), told), (50, 5000));
}
