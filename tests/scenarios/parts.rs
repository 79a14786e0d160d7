//! Two closings of a part that overlap, under load: each is judged by itself, the rest of the business goes on, and a
//! gate that answers from a cache is found in either.

use std::path::Path;
use std::time::Duration;

use base::clock::Clock;
use client::operations::IntakeOrder;
use laws::closed::{Enough, Point, Scope, Snapshot, closed_means_closed, closings, save, windows};
use laws::journal::record::{CLOSED, REOPEN};
use laws::journal::{Journal, Kind, Outcome};
use laws::source::Source;
use laws::verdict::{Ruling, Verdict};

use crate::load::{Load, acknowledged};
use crate::place::{self, Place, Store};
use crate::service::Service;
use crate::standin::Standin;
use crate::{binaries, people, report};

const ENOUGH: Enough = Enough {
    refusals: 10,
    existing: 10,
};

/// How long clients press on a door that may let everybody in.
const UNGUARDED: Duration = Duration::from_secs(2);

/// The first is closed, then the second; the first is reopened first.
const PARTS: [&str; 2] = ["product=credit", "act=draw"];

/// New business of a scope that was refused since.
fn refused(journal: &Journal, scope: &Scope, since: i64) -> u64 {
    let refused = journal.records.iter().filter(|record| {
        record.at >= since
            && record.kind == Kind::Intake
            && record.outcome == Outcome::Refused
            && record.scope.as_ref().is_some_and(|some| scope.covers(some))
    });
    refused.count() as u64
}

async fn snapshot(place: &Place, point: Point, epoch: i64) {
    let now = Clock::system().now_micros();
    let taken = Snapshot::take(&place.url, now).await.unwrap();
    save(&place.path("snapshots"), point, epoch, &taken).unwrap();
}

async fn two_parts(store: Store, binary: &Path, failpoints: &str) -> Ruling {
    let place = Place::new(store);
    std::fs::create_dir(place.path("snapshots")).unwrap();
    let standin = Standin::start(&place);
    let mut service = Service::with(&place, &standin, binary, failpoints);
    let mut load = Load::start(&place, &service, &standin, 12).await;
    let on_loans = |journal: &Journal| {
        let records = journal.records.iter();
        records
            .filter(|record| record.is_acked_write() && record.path.starts_with("/v1/loans/"))
            .count()
    };
    load.until("under way", |journal| {
        acknowledged(journal) >= 400 && on_loans(journal) >= 20
    });
    let keepers = people::keepers(&place, &service.base).await;
    let operator = place.client(&service.base, "operator");
    let mut closed = Vec::new();
    for part in PARTS {
        let order = IntakeOrder {
            scope: Some(part.to_owned()),
            clause: Some("article 12".to_owned()),
            ..IntakeOrder::everything("drill")
        };
        let answer = operator.close_intake(&format!("close-{part}"), &order).await;
        let epoch = answer.unwrap().body.epoch;
        let scope: Scope = part.parse().unwrap();
        let at = load.mark_of(CLOSED, epoch, &scope);
        snapshot(&place, Point::Closed, epoch).await;
        closed.push((epoch, scope, at));
    }
    if failpoints.is_empty() {
        let pressed = closed.clone();
        load.until("pressing on both", move |journal| {
            let enough =
                |(_, scope, at): &(i64, Scope, i64)| refused(journal, scope, *at) >= 2 * ENOUGH.refusals;
            pressed.iter().all(enough)
        });
    } else {
        // Where the guard is gone, nothing may ever be refused.
        tokio::time::sleep(UNGUARDED).await;
    }
    for (epoch, scope, _) in &closed {
        tokio::time::sleep(Duration::from_millis(300)).await;
        snapshot(&place, Point::Reopen, *epoch).await;
        load.mark_of(REOPEN, *epoch, scope);
        people::reopen(&keepers, *epoch).await;
    }
    let journal = load.stop();
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let windows = windows(&place.path("snapshots"), &journal).unwrap();
    assert_eq!(windows.len(), 2);
    let mut source = Source::open(&place.url).await.unwrap();
    let told = closings(&mut source).await.unwrap();
    source.close().await;
    assert_eq!(told.len(), 2, "{told:?}");
    closed_means_closed(&windows, &journal, &told, ENOUGH)
}

async fn hold(store: Store) {
    let ruling = two_parts(store, &binaries::shipped("financing"), "").await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    for window in ruling.evidence["windows"].as_array().unwrap() {
        let count = |name: &str| window[name].as_u64().unwrap();
        println!(
            "{}: {} refused, {} of other new business acknowledged meanwhile",
            window["scope"],
            count("refusals"),
            count("other_intake_acknowledged")
        );
        assert!(
            count("other_intake_acknowledged") > 0,
            "the rest goes on: {window}"
        );
    }
}

async fn broken(test: &str, store: Store) {
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with failpoints");
        return;
    };
    let ruling = two_parts(store, &binary, "gate_from_cache").await;
    assert_eq!(ruling.verdict, Verdict::Broken, "{ruling:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_overlap_are_closed_each_by_itself_on_sqlite() {
    hold(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_overlap_are_closed_each_by_itself_on_postgresql() {
    if place::postgres("parts_that_overlap_are_closed_each_by_itself_on_postgresql") {
        hold(Store::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_gate_breaks_law_2_of_a_part_on_sqlite() {
    broken("a_cached_gate_breaks_law_2_of_a_part_on_sqlite", Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_gate_breaks_law_2_of_a_part_on_postgresql() {
    let test = "a_cached_gate_breaks_law_2_of_a_part_on_postgresql";
    if place::postgres(test) {
        broken(test, Store::Postgres).await;
    }
}
