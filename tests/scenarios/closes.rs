//! Close after close on several instances, while transactions that bind the bank are in flight, and while
//! instances, closers and the database's server are killed, an instance is cut off from the database, and clocks are
//! wrong: nothing commits late, by law 2's own snapshots.
//!
//! [`pressure`] is what presses on the gate, [`instances`] whom it is closed over, [`beside`] what happens then,
//! [`rounds`] one close after the other.

mod beside;
mod instances;
mod pressure;
mod rounds;

use laws::verdict::Verdict;

use self::beside::Odds;
use self::instances::Instances;
use self::pressure::Who;
use self::rounds::{Outcome, PRESSED, closes};
use crate::chance::Chance;
use crate::drill;
use crate::place::{self, Place, Store};
use crate::standin::Standin;
use crate::{binaries, report};

/// Closes in the ordinary run, and in the long one.
const CLOSES: (u64, u64) = (beside::ALL, 500);
/// For four instances and what presses besides.
const CONNECTIONS: &[(&str, &str)] = &[("max_connections", "300")];

/// A gate as one might build it oneself: it looks, and takes no lock.
const LOCKLESS: &str = "DROP TRIGGER intake_gate_applications_insert ON applications; \
    CREATE FUNCTION lockless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    IF (SELECT state FROM intake_gate WHERE scope = 'everything') IS DISTINCT FROM 'open' THEN \
    RAISE EXCEPTION 'backstop:intake_closed:0' USING ERRCODE = 'BS001'; END IF; RETURN NEW; END $$; \
    CREATE TRIGGER intake_gate_applications_insert BEFORE INSERT ON applications \
    FOR EACH ROW EXECUTE FUNCTION lockless(); \
    ALTER TABLE applications ENABLE ALWAYS TRIGGER intake_gate_applications_insert";

fn told(test: &str, requested: u64, outcome: &Outcome, seed: u64) {
    let took = &outcome.took;
    let at = |percent: usize| {
        took.get((took.len() * percent / 100).min(took.len() - 1))
            .unwrap()
    };
    let (cuts, hung) = outcome.cut_off;
    println!(
        "{} attempts within {PRESSED:?} of {requested} acknowledgements, {} commits while open; closing took \
         {:?} (median), {:?} (p99), {:?} (longest); {hung} transactions hung at {cuts} instances that were cut off",
        outcome.attempts,
        outcome.commits,
        at(50),
        at(99),
        took.last().unwrap(),
    );
    let failures = u64::try_from(outcome.late.len()).unwrap();
    report::rounds(test, requested, requested, failures, seed);
}

/// As many closes as this run asks for; what came of them is told.
async fn many(test: &str, place: &mut Place, instances: Instances, odds: Odds) {
    let requested = if report::is_long() { CLOSES.1 } else { CLOSES.0 };
    let mut chance = Chance::of_run();
    let outcome = closes(place, instances, (requested, odds, Who::All), &mut chance).await;
    told(test, requested, &outcome, chance.seed);
    assert!(outcome.late.is_empty(), "{:?}", outcome.late);
    // Too few would tell nothing.
    assert!(outcome.attempts >= 500 * requested, "{}", outcome.attempts);
    assert!(outcome.commits >= 20 * requested, "{}", outcome.commits);
    // Whoever was cut off had the gate in hand, so each cut left somebody hanging with it.
    let (cuts, hung) = outcome.cut_off;
    assert_eq!(cuts > 0, odds == Odds::All, "{cuts} cuts");
    assert!(hung >= cuts, "{hung} in {cuts}");
    // Each closing and its reopening, by whichever clock, is in the evidence log.
    let logged = drill::logged(place, 2 * requested).await;
    assert_eq!(logged.verdict, Verdict::Held, "{logged:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_commits_late_over_many_closes_on_postgresql() {
    let test = "nothing_commits_late_over_many_closes_on_postgresql";
    if !place::postgres(test) {
        return;
    }
    let mut place = Place::with_settings(Store::Postgres, CONNECTIONS);
    let standin = Standin::start(&place);
    let instances = Instances::against_all_odds(&place, &standin, 4, test).await;
    many(test, &mut place, instances, Odds::All).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_commits_late_over_many_closes_on_sqlite() {
    let test = "nothing_commits_late_over_many_closes_on_sqlite";
    let mut place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let instances = Instances::start(&place, &standin, 1);
    many(test, &mut place, instances, Odds::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_its_lock_is_found_within_one_run() {
    if !place::postgres("a_gate_without_its_lock_is_found_within_one_run") {
        return;
    }
    let mut place = Place::with_settings(Store::Postgres, CONNECTIONS);
    place
        .cluster
        .as_ref()
        .unwrap()
        .sql("financing", LOCKLESS)
        .unwrap();
    let standin = Standin::start(&place);
    let instances = Instances::start(&place, &standin, 1);
    let outcome = closes(
        &mut place,
        instances,
        (2, Odds::None, Who::All),
        &mut Chance::of_run(),
    )
    .await;
    println!("{} late commits in 2 closes", outcome.late.len());
    assert!(
        !outcome.late.is_empty(),
        "the same snapshots must see the planted fault"
    );
}

/// With what one may build oneself in the gate's place, and partitions alone, something is late.
async fn found_by_partitions(test: &str, place: &mut Place, instances: Instances, who: Who) {
    let outcome = closes(
        place,
        instances,
        (2, Odds::Partitions, who),
        &mut Chance::of_run(),
    )
    .await;
    println!("{test}: {} late commits in 2 closes", outcome.late.len());
    assert_eq!(outcome.cut_off.0, 2);
    assert!(
        !outcome.late.is_empty(),
        "a partition must show the planted fault"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_its_lock_is_found_by_partitions_alone() {
    let test = "a_gate_without_its_lock_is_found_by_partitions_alone";
    if !place::postgres(test) {
        return;
    }
    let mut place = Place::with_settings(Store::Postgres, CONNECTIONS);
    let cluster = place.cluster.as_ref().unwrap();
    cluster.sql("financing", LOCKLESS).unwrap();
    let standin = Standin::start(&place);
    let shipped = binaries::shipped("financing");
    let instances = Instances::linked(&place, &standin, (&shipped, "")).await;
    found_by_partitions(test, &mut place, instances, Who::HandsOverTheLink).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_trusts_its_cache_is_found_by_partitions_alone() {
    let test = "an_instance_that_trusts_its_cache_is_found_by_partitions_alone";
    if !place::postgres(test) {
        return;
    }
    let Some(cached) = binaries::with_bugs() else {
        report::skip(test, "no build with failpoints");
        return;
    };
    let mut place = Place::with_settings(Store::Postgres, CONNECTIONS);
    let standin = Standin::start(&place);
    let instances = Instances::linked(&place, &standin, (&cached, "gate_from_cache")).await;
    found_by_partitions(test, &mut place, instances, Who::CustomersOverTheLink).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_with_its_lock_lets_nothing_late_through_partitions_alone() {
    let test = "a_gate_with_its_lock_lets_nothing_late_through_partitions_alone";
    if !place::postgres(test) {
        return;
    }
    for who in [Who::HandsOverTheLink, Who::CustomersOverTheLink] {
        let mut place = Place::with_settings(Store::Postgres, CONNECTIONS);
        let standin = Standin::start(&place);
        let shipped = binaries::shipped("financing");
        let instances = Instances::linked(&place, &standin, (&shipped, "")).await;
        let requested = (2, Odds::Partitions, who);
        let outcome = closes(&mut place, instances, requested, &mut Chance::of_run()).await;
        assert!(outcome.late.is_empty(), "{:?}", outcome.late);
    }
}
