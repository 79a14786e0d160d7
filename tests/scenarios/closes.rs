//! Close after close on several instances, while transactions that bind the bank are in flight,
//! and while instances, closers and the database's server are killed: nothing commits late, by law 2's own snapshots.
//!
//! What presses on the gate comes from outside the service: clients over HTTP on every instance,
//! and hand-written transactions on the database, which the door never sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base::clock::Clock;
use client::http::Client;
use client::operations::IntakeOrder;
use db::{Db, DbError, Options};
use laws::closed::Snapshot;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::customer::{application, registration};
use crate::people;
use crate::place::{self, Place, Store};
use crate::report;
use crate::service::Service;
use crate::standin::Standin;

/// Closes in the ordinary run, and in the long one.
const CLOSES: (u64, u64) = (6, 500);
/// Transactions that are always in flight on PostgreSQL, and how long each holds the gate at most, in ms.
const HOLDERS: u64 = 16;
const HOLD: u64 = 300;
/// Customers, over the instances in turn.
const CUSTOMERS: usize = 8;
/// Hand-written transactions that press while it is closed.
const PRESSERS: u64 = 6;
/// How long after an acknowledgement an attempt counts, and late commits are waited for.
const PRESSED: Duration = Duration::from_secs(2);

/// A transaction as anybody may type it: a copy of an application under another id.
const COPY: &str = "INSERT INTO applications SELECT $1, firm_id, product, channel, region, amount, \
    term_months, method, state, use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, \
    address_sealed, turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, \
    updated_at FROM applications WHERE id = $2";

/// A gate as one might build it oneself: it looks, and takes no lock.
const LOCKLESS: &str = "CREATE FUNCTION lockless() RETURNS trigger \
    LANGUAGE plpgsql AS $$ BEGIN \
    IF (SELECT state FROM intake_gate WHERE scope = 'everything') IS DISTINCT FROM 'open' THEN \
    RAISE EXCEPTION 'backstop:intake_closed:0' USING ERRCODE = 'BS001'; END IF; RETURN NEW; END $$; \
    DROP TRIGGER intake_gate_applications_insert ON applications; \
    CREATE TRIGGER intake_gate_applications_insert BEFORE INSERT ON applications \
    FOR EACH ROW EXECUTE FUNCTION lockless()";

/// What happens beside a close.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    Nothing,
    /// Another instance is killed as the close begins.
    InstanceKilled,
    /// The instance that closes is killed before it has answered; another one closes then.
    CloserKilled,
    /// The database's server is killed before the close is answered, and started again; intake is closed again then.
    PrimaryKilled,
}

/// What presses on the gate.
struct Pressure {
    stop: Arc<AtomicBool>,
    /// Closed, and acknowledged: attempts count.
    closed: Arc<AtomicBool>,
    attempts: Arc<AtomicU64>,
    commits: Arc<AtomicU64>,
    tasks: JoinSet<()>,
    db: Db,
}

impl Pressure {
    async fn start(place: &Place, original: &str, chance: &mut Chance) -> Self {
        let options = Options {
            writers: usize::try_from(HOLDERS + PRESSERS).unwrap(),
            readers: 1,
            ..Options::default()
        };
        let mut pressure = Self {
            stop: Arc::default(),
            closed: Arc::default(),
            attempts: Arc::default(),
            commits: Arc::default(),
            tasks: JoinSet::new(),
            db: Db::open(&place.url, options).await.unwrap(),
        };
        // SQLite has one writer, whom another process that holds its lock would keep from closing.
        if place.cluster.is_some() {
            for number in 0..HOLDERS {
                let chance = Chance::of(chance.between(0, u64::MAX - 1));
                pressure.hold(original, number, chance);
            }
        }
        for number in 0..PRESSERS {
            pressure.press(original, number);
        }
        pressure
    }

    /// Transactions one after the other, open or not, each of which holds the gate for a while.
    fn hold(&mut self, original: &str, number: u64, mut chance: Chance) {
        let (db, original) = (self.db.clone(), original.to_owned());
        let (stop, closed) = (Arc::clone(&self.stop), Arc::clone(&self.closed));
        let (attempts, commits) = (Arc::clone(&self.attempts), Arc::clone(&self.commits));
        self.tasks.spawn(async move {
            let mut made = 0;
            while !stop.load(Ordering::SeqCst) {
                made += 1;
                let all = chance.between(0, HOLD);
                let before = chance.between(0, all);
                let waits = Some((before, all - before));
                let done = copy(&db, &original, format!("app_held_{number}_{made}"), waits).await;
                let counter = if done { &commits } else { &attempts };
                if done || closed.load(Ordering::SeqCst) {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }

    /// As many transactions as there can be while it is closed.
    fn press(&mut self, original: &str, number: u64) {
        let (db, original) = (self.db.clone(), original.to_owned());
        let (stop, closed) = (Arc::clone(&self.stop), Arc::clone(&self.closed));
        let attempts = Arc::clone(&self.attempts);
        self.tasks.spawn(async move {
            let mut made = 0;
            while !stop.load(Ordering::SeqCst) {
                if !closed.load(Ordering::SeqCst) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    continue;
                }
                made += 1;
                // One that gets through is in the next snapshot, and late.
                copy(&db, &original, format!("app_pressed_{number}_{made}"), None).await;
                attempts.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    /// A customer of one instance, again and again.
    fn apply(&mut self, customer: Client, firm: String) {
        let (stop, closed) = (Arc::clone(&self.stop), Arc::clone(&self.closed));
        let (attempts, commits) = (Arc::clone(&self.attempts), Arc::clone(&self.commits));
        self.tasks.spawn(async move {
            let body = application(1, &firm);
            while !stop.load(Ordering::SeqCst) {
                let key = base::ids::Ids::system(Clock::system()).next().to_string();
                let answer = customer.apply(&key, &body).await;
                if closed.load(Ordering::SeqCst) {
                    attempts.fetch_add(1, Ordering::SeqCst);
                }
                commits.fetch_add(u64::from(answer.is_ok()), Ordering::SeqCst);
                let pause = if answer.is_ok() { 20 } else { 1 };
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        });
    }

    async fn end(mut self) -> (u64, u64) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(task) = self.tasks.join_next().await {
            task.unwrap();
        }
        self.db.close().await;
        (
            self.attempts.load(Ordering::SeqCst),
            self.commits.load(Ordering::SeqCst),
        )
    }
}

/// One transaction; whether it committed.
async fn copy(db: &Db, original: &str, id: String, waits: Option<(u64, u64)>) -> bool {
    let original = original.to_owned();
    let done: Result<(), DbError> = db
        .write(move |tx| {
            Box::pin(async move {
                let wait = |ms: u64| i64::try_from(ms).unwrap();
                let sleep = "SELECT pg_sleep($1::bigint / 1000.0)";
                if let Some((before, _)) = waits {
                    // As one that looked at the switch first.
                    tx.many("SELECT state FROM intake_gate", &[]).await?;
                    tx.exec(sleep, &[wait(before).into()]).await?;
                }
                tx.exec(COPY, &[(&id).into(), (&original).into()]).await?;
                if let Some((_, after)) = waits {
                    tx.exec(sleep, &[wait(after).into()]).await?;
                }
                Ok(())
            })
        })
        .await;
    done.is_ok()
}

/// What came of it.
struct Outcome {
    late: Vec<String>,
    took: Vec<Duration>,
    attempts: u64,
    commits: u64,
}

/// So many closes on so many instances, each reopened by two persons.
async fn closes(
    place: &mut Place,
    instances: u64,
    requested: u64,
    killing: bool,
    chance: &mut Chance,
) -> Outcome {
    let standin = Standin::start(place);
    let mut services: Vec<Service> = (0..instances).map(|_| Service::start(place, &standin)).collect();
    let channel = place.client(&services[0].base, "channel");
    let firm = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;
    let original = channel
        .apply("two", &application(1, &firm))
        .await
        .unwrap()
        .body
        .id;
    let keepers = people::keepers(place, &services[0].base).await;
    let mut pressure = Pressure::start(place, &original, chance).await;
    for service in services.iter().cycle().take(CUSTOMERS) {
        pressure.apply(place.client(&service.base, "channel"), firm.clone());
    }
    let (mut late, mut took) = (Vec::new(), Vec::new());
    for round in 0..requested {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let closer = usize::try_from(round % instances).unwrap();
        let beside = match round % 6 {
            3 if killing => Beside::InstanceKilled,
            4 if killing => Beside::CloserKilled,
            5 if killing => Beside::PrimaryKilled,
            _ => Beside::Nothing,
        };
        let (epoch, waited) = closed(place, &mut services, closer, beside, round, chance).await;
        pressure.closed.store(true, Ordering::SeqCst);
        let first = Snapshot::take(&place.url, Clock::system().now_micros())
            .await
            .unwrap();
        if beside == Beside::Nothing {
            took.push(waited);
        }
        tokio::time::sleep(PRESSED).await;
        pressure.closed.store(false, Ordering::SeqCst);
        let second = Snapshot::take(&place.url, Clock::system().now_micros())
            .await
            .unwrap();
        let added = first.added_in(&second);
        late.extend(
            added
                .iter()
                .map(|(what, id)| format!("round {round}: {what} {id}")),
        );
        people::reopen(&keepers, epoch).await;
    }
    let (attempts, commits) = pressure.end().await;
    for service in &mut services {
        assert!(
            service.process.terminate().success(),
            "{}",
            service.process.said()
        );
    }
    took.sort_unstable();
    Outcome {
        late,
        took,
        attempts,
        commits,
    }
}

/// Closes over one instance, with what happens beside it; answers the epoch, and how long the answer took.
async fn closed(
    place: &mut Place,
    services: &mut [Service],
    closer: usize,
    beside: Beside,
    round: u64,
    chance: &mut Chance,
) -> (i64, Duration) {
    let other = (closer + 1) % services.len();
    let operators = [closer, other].map(|at| place.client(&services[at].base, "operator"));
    let close = |which: usize, step: u64| {
        let operator = operators[which].clone();
        async move {
            let key = format!("close-{round}-{step}");
            operator
                .close_intake(&key, &IntakeOrder::everything("drill"))
                .await
        }
    };
    let began = Instant::now();
    let asked = tokio::spawn(close(0, 0));
    if matches!(beside, Beside::CloserKilled | Beside::PrimaryKilled) {
        tokio::time::sleep(Duration::from_millis(chance.between(0, 150))).await;
    }
    match beside {
        Beside::Nothing => {}
        Beside::InstanceKilled => services[other].process.kill(),
        Beside::CloserKilled => services[closer].process.kill(),
        Beside::PrimaryKilled => place.cluster.as_mut().unwrap().kill(),
    }
    let answered = asked.await.unwrap();
    let waited = began.elapsed();
    if beside == Beside::PrimaryKilled {
        place.cluster.as_mut().unwrap().restart().unwrap();
    }
    let epoch = match (answered, beside) {
        (Ok(reply), _) => reply.body.epoch,
        // Nobody knows whether it is closed: closing again is always right.
        (Err(_), Beside::CloserKilled | Beside::PrimaryKilled) => {
            let mut tries = 1;
            loop {
                match close(1, tries).await {
                    Ok(reply) => break reply.body.epoch,
                    Err(error) => assert!(tries < 50, "round {round}: {error}"),
                }
                tries += 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        (Err(error), _) => panic!("round {round}: {error}"),
    };
    match beside {
        Beside::Nothing | Beside::PrimaryKilled => {}
        Beside::InstanceKilled => services[other].again(place),
        Beside::CloserKilled => services[closer].again(place),
    }
    (epoch, waited)
}

fn told(test: &str, requested: u64, outcome: &Outcome, seed: u64) {
    let took = &outcome.took;
    let at = |percent: usize| {
        took.get((took.len() * percent / 100).min(took.len() - 1))
            .unwrap()
    };
    println!(
        "{} attempts within {PRESSED:?} of {requested} acknowledgements, {} commits while open; closing took \
         {:?} (median), {:?} (p99), {:?} (longest)",
        outcome.attempts,
        outcome.commits,
        at(50),
        at(99),
        took.last().unwrap(),
    );
    let failures = u64::try_from(outcome.late.len()).unwrap();
    report::rounds(test, requested, requested, failures, seed);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_commits_late_over_many_closes_on_postgresql() {
    let test = "nothing_commits_late_over_many_closes_on_postgresql";
    if !place::postgres(test) {
        return;
    }
    let requested = if report::is_long() { CLOSES.1 } else { CLOSES.0 };
    let mut chance = Chance::of_run();
    let mut place = Place::with_settings(Store::Postgres, &[("max_connections", "300")]);
    let outcome = closes(&mut place, 4, requested, true, &mut chance).await;
    told(test, requested, &outcome, chance.seed);
    assert!(outcome.late.is_empty(), "{:?}", outcome.late);
    // Too few would tell nothing.
    assert!(outcome.attempts >= 500 * requested, "{}", outcome.attempts);
    assert!(outcome.commits >= 20 * requested, "{}", outcome.commits);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_commits_late_over_many_closes_on_sqlite() {
    let test = "nothing_commits_late_over_many_closes_on_sqlite";
    let requested = if report::is_long() { CLOSES.1 } else { CLOSES.0 };
    let mut chance = Chance::of_run();
    let mut place = Place::new(Store::Sqlite);
    let outcome = closes(&mut place, 1, requested, false, &mut chance).await;
    told(test, requested, &outcome, chance.seed);
    assert!(outcome.late.is_empty(), "{:?}", outcome.late);
    assert!(outcome.attempts >= 500 * requested, "{}", outcome.attempts);
    assert!(outcome.commits >= 20 * requested, "{}", outcome.commits);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_its_lock_is_found_within_one_run() {
    if !place::postgres("a_gate_without_its_lock_is_found_within_one_run") {
        return;
    }
    let mut chance = Chance::of_run();
    let mut place = Place::with_settings(Store::Postgres, &[("max_connections", "300")]);
    let cluster = place.cluster.as_ref().unwrap();
    cluster.sql("financing", LOCKLESS).unwrap();
    let outcome = closes(&mut place, 1, 2, false, &mut chance).await;
    println!("{} late commits in 2 closes", outcome.late.len());
    assert!(
        !outcome.late.is_empty(),
        "the same snapshots must see the planted fault"
    );
}
