//! `kill -9` at random points under load: no acknowledged write lost, books balanced.

use std::time::Duration;

use laws::journal::record::{KILL, RESTART};
use laws::verdict::Verdict;
use laws::{Minimums, audit};

use crate::chance::Chance;
use crate::load::{Load, acknowledged};
use crate::place::{self, Place, Store};
use crate::report;
use crate::service::Service;
use crate::standin::Standin;

/// Kills in the ordinary run, and in the long one.
const KILLS: (u64, u64) = (20, 200);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_points_nothing_is_lost_on_sqlite() {
    killed("killed_at_random_points_nothing_is_lost_on_sqlite", Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_points_nothing_is_lost_on_postgresql() {
    let test = "killed_at_random_points_nothing_is_lost_on_postgresql";
    if place::postgres(test) {
        killed(test, Store::Postgres).await;
    }
}

async fn killed(test: &str, store: Store) {
    let mut chance = Chance::of_run();
    let requested = if report::is_long() { KILLS.1 } else { KILLS.0 };
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let mut load = Load::start(&place, &service, &standin, 12).await;
    load.until("under way", |journal| acknowledged(journal) >= 100);
    let mut slowest = Duration::ZERO;
    for _ in 0..requested {
        load.mark(KILL, None);
        // From right after the start, with every repeat arriving, to well under
        // way; after the mark, whose own sync must not choose the moment.
        tokio::time::sleep(Duration::from_millis(chance.between(0, 700))).await;
        service.process.kill();
        load.mark(RESTART, None);
        service.again(&place);
        slowest = slowest.max(service.start);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let journal = load.stop();
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );

    let kills = journal.marks.iter().filter(|mark| mark.mark == KILL).count();
    let rulings = audit(&place.url, &journal, &[], Minimums::ANY).await.unwrap();
    let broken = rulings
        .iter()
        .filter(|ruling| ruling.verdict == Verdict::Broken)
        .count();
    let executed = u64::try_from(kills).unwrap();
    report::rounds(
        test,
        requested,
        executed,
        u64::try_from(broken).unwrap(),
        chance.seed,
    );
    let writes = acknowledged(&journal);
    println!("{writes} acknowledged writes over {kills} kills; slowest start {slowest:?}");
    for law in [1, 3] {
        let ruling = rulings.iter().find(|ruling| ruling.law == law).unwrap();
        assert_eq!(
            ruling.verdict,
            Verdict::Held,
            "{}",
            serde_json::to_string_pretty(ruling).unwrap()
        );
    }
    assert_eq!(executed, requested);
}
