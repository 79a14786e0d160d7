//! One run with everything in it: load, a kill and restart, intake closed and
//! reopened, and the audit of laws 1 to 3 and 7 from outside.

use std::path::Path;
use std::time::Duration;

use base::clock::Clock;
use client::operations::IntakeOrder;
use laws::closed::{Enough, Scope, Snapshot, Window};
use laws::journal::record::{CLOSED, KILL, REOPEN, RESTART};
use laws::journal::{Journal, Kind, Outcome};
use laws::log::{Key, Plane, anchors, every_act_is_logged};
use laws::verdict::{Ruling, Verdict};
use laws::{Minimums, audit};

use crate::chance::Chance;
use crate::load::{Load, acknowledged};
use crate::people;
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;

/// How much has to happen for a law to count as touched: far below a
/// rehearsal's, and far above chance.
const ENOUGH: Minimums = Minimums {
    acknowledged: 300,
    closed: Enough {
        refusals: 30,
        existing: 10,
    },
    entries: 20,
};

/// Acts that make law 7 count as touched: a close, a reopening, and some of the officers'.
const ACTS: u64 = 10;

/// How a drill differs from one without a bug.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bug {
    /// The failpoint's name, if there is one.
    pub(crate) name: &'static str,
    /// Whether its harm shows at a kill: then there are several, at random
    /// moments, and afterwards the shipped build goes on.
    pub(crate) at_kill: bool,
}

/// Runs the drill with a build and its planted bug, and answers the rulings.
pub(crate) async fn run(store: Store, binary: &Path, bug: Bug) -> Vec<Ruling> {
    let mut chance = Chance::of_run();
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::with(&place, &standin, binary, bug.name);
    let mut load = Load::start(&place, &service, &standin, 12).await;
    // A bug that answers too early keeps journeys from going far: what they
    // write next may not find what they wrote before.
    let lent = if bug.at_kill { 0 } else { 20 };
    load.until("under way", |journal| {
        acknowledged(journal) >= 400 && on_loans(journal, 0) >= lent
    });

    let kills = if bug.at_kill { 8 } else { 1 };
    for kill in 1..=kills {
        load.mark(KILL, None);
        // The mark's own sync must not choose the moment.
        tokio::time::sleep(Duration::from_millis(chance.between(50, 250))).await;
        service.process.kill();
        load.mark(RESTART, None);
        if bug.at_kill && kill == kills {
            service.cure();
        }
        service.again(&place);
    }
    let after = acknowledged(&Journal::read(&place.path("journal.jsonl")).unwrap());
    load.until("going on", move |journal| acknowledged(journal) >= after + 50);

    let window = closed_for_a_while(&place, &service, &mut load).await;
    let journal = load.stop();
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let mut rulings = audit(&place.url, &journal, &[window], ENOUGH).await.unwrap();
    rulings.push(logged(&place, ACTS).await);
    rulings
}

/// Law 7, with the public key and the anchors alone, touched by so many acts.
pub(crate) async fn logged(place: &Place, acts: u64) -> Ruling {
    let public = std::fs::read_to_string(place.path("etc/evidence.pub")).unwrap();
    let keys = [Key::parse(&public).unwrap()];
    let anchors = anchors::read(&place.path("anchors.jsonl"), &keys).unwrap();
    every_act_is_logged(Plane::Financing, &place.url, &keys, &anchors, acts)
        .await
        .unwrap()
}

/// The same beside a running service, once its log's keeper has come: it takes a log over that nobody has moved for a
/// second, which on a quick machine is longer than a short story.
pub(crate) async fn signed(place: &Place, acts: u64) -> Ruling {
    let mut law = logged(place, acts).await;
    for _ in 0..100 {
        if law.verdict == Verdict::Held {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        law = logged(place, acts).await;
    }
    law
}

/// Closes intake, waits until the door was pressed and existing business went
/// on, and reopens.
async fn closed_for_a_while(place: &Place, service: &Service, load: &mut Load) -> Window {
    let operator = place.client(&service.base, "operator");
    let order = IntakeOrder::everything("drill");
    let closed = operator.close_intake("close-1", &order).await.unwrap().body;
    let closed_at = load.mark(CLOSED, Some(closed.epoch));
    let clock = Clock::system();
    let first = Snapshot::take(&place.url, clock.now_micros()).await.unwrap();
    load.until("pressing on the closed door", move |journal| {
        let refused = journal.records.iter().filter(|record| {
            record.at >= closed_at && record.kind == Kind::Intake && record.outcome == Outcome::Refused
        });
        refused.count() >= 60 && on_loans(journal, closed_at) >= 20
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let keepers = people::keepers(place, &service.base).await;
    let second = Snapshot::take(&place.url, clock.now_micros()).await.unwrap();
    let reopen_at = load.mark(REOPEN, Some(closed.epoch));
    people::reopen(&keepers, closed.epoch).await;
    Window {
        epoch: closed.epoch,
        scope: Scope::everything(),
        closed_at,
        reopen_at,
        first,
        second,
    }
}

/// Writes on existing loans that succeeded since.
fn on_loans(journal: &Journal, since: i64) -> usize {
    let records = journal.records.iter();
    records
        .filter(|record| {
            record.at >= since && record.is_acked_write() && record.path.starts_with("/v1/loans/")
        })
        .count()
}

/// Asserts the verdict on law 7.
#[track_caller]
pub(crate) fn expect_logged(rulings: &[Ruling], verdict: Verdict) {
    let ruling = rulings.iter().find(|ruling| ruling.law == 7).unwrap();
    assert_eq!(ruling.verdict, verdict, "{ruling:#?}");
}

/// Asserts the verdicts on laws 1, 2 and 3.
#[track_caller]
pub(crate) fn expect(rulings: &[Ruling], verdicts: [Verdict; 3]) {
    let seen: Vec<(u8, Verdict)> = rulings
        .iter()
        .filter(|ruling| ruling.law <= 3)
        .map(|ruling| (ruling.law, ruling.verdict))
        .collect();
    let wanted: Vec<(u8, Verdict)> = (1..).zip(verdicts).collect();
    assert_eq!(seen, wanted, "{}", serde_json::to_string_pretty(rulings).unwrap());
    for ruling in rulings {
        println!(
            "law {}: {} ({} checked)",
            ruling.law,
            ruling.verdict.as_str(),
            ruling.checked
        );
    }
}
