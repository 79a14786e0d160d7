//! Too many pages: limits are kept, what is cut is summed up, and nobody who has to act waits behind it.

use notify::page::Kind;

use crate::world::{CONFIG, World, on_both};

on_both!(a_newer_page_takes_the_place_of_one_that_waits_unless_something_would_be_lost);

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
