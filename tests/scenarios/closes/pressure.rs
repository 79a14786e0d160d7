//! What presses on the gate from outside the service: clients over HTTP on every instance, and hand-written
//! transactions on the database, which the door never sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use base::clock::Clock;
use client::http::Client;
use db::{Db, DbError, Options};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::customer::application;

/// Transactions that are always in flight on PostgreSQL, and how long each holds the gate at most, in ms.
const HOLDERS: u64 = 16;
const HOLD: u64 = 300;
/// Of so many holders, one reaches the database over the link, if there is one.
const OVER_THE_LINK: u64 = 3;
/// What is left of a hold, in ms, when it counts as about to end: a link is cut faster.
const ENDING: u64 = 50;
/// The longest wait for somebody who holds the gate over the link: at any time some of them do.
const SOON: Duration = Duration::from_secs(5);
/// Hand-written transactions that press while it is closed.
const PRESSERS: u64 = 6;

/// A transaction as anybody may type it: a copy of an application under another id.
const COPY: &str = "INSERT INTO applications SELECT $1, firm_id, product, channel, region, amount, \
    term_months, method, state, use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, \
    address_sealed, turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, \
    updated_at FROM applications WHERE id = $2";

/// Who presses.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Who {
    /// Everybody.
    All,
    /// Hand-written transactions over the link alone: what is late then, a partition made late.
    HandsOverTheLink,
    /// Customers of the instance that reaches the database over the link alone.
    CustomersOverTheLink,
}

/// What presses on the gate.
pub(super) struct Pressure {
    stop: Arc<AtomicBool>,
    /// Closed, and acknowledged: attempts count.
    closed: Arc<AtomicBool>,
    attempts: Arc<AtomicU64>,
    commits: Arc<AtomicU64>,
    /// Transactions over the link that have the gate in hand, and for a while yet.
    in_hand: Arc<AtomicU64>,
    by_hand: bool,
    tasks: JoinSet<()>,
    databases: Vec<Db>,
}

/// One transaction over the link that has the gate in hand.
struct InHand(Arc<AtomicU64>);

impl InHand {
    fn of(count: Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pressure {
    /// Presses with copies of one application, by these addresses of the database.
    pub(super) async fn start(
        addresses: &[String],
        original: &str,
        (who, chance): (Who, &mut Chance),
    ) -> Self {
        let mut pressure = Self {
            stop: Arc::default(),
            closed: Arc::default(),
            attempts: Arc::default(),
            commits: Arc::default(),
            in_hand: Arc::default(),
            by_hand: who != Who::CustomersOverTheLink,
            tasks: JoinSet::new(),
            databases: Vec::new(),
        };
        for address in addresses {
            let options = Options {
                writers: usize::try_from(HOLDERS + PRESSERS).unwrap(),
                readers: 1,
                ..Options::default()
            };
            pressure.databases.push(Db::open(address, options).await.unwrap());
        }
        // SQLite has one writer, whom another process that holds its lock would keep from closing.
        if addresses[0].starts_with("postgres") && who != Who::CustomersOverTheLink {
            for number in 0..HOLDERS {
                let chance = Chance::of(chance.between(0, u64::MAX - 1));
                let linked = number % OVER_THE_LINK == 0;
                if !linked && who != Who::All {
                    continue;
                }
                let linked = linked && addresses.len() > 1;
                let db = &pressure.databases[usize::from(linked).min(addresses.len() - 1)];
                pressure.hold((db.clone(), linked), original, number, chance);
            }
        }
        for number in (0..PRESSERS).filter(|_| who == Who::All) {
            pressure.press(original, number);
        }
        pressure
    }

    /// Whether hands press, and not customers alone.
    pub(super) fn is_by_hand(&self) -> bool {
        self.by_hand
    }

    /// Returns while somebody over the link has the gate in hand, so that a cut now leaves them hanging with it.
    pub(super) async fn somebody_holds_it_over_the_link(&self) {
        let until = tokio::time::Instant::now() + SOON;
        while self.in_hand.load(Ordering::SeqCst) == 0 {
            assert!(tokio::time::Instant::now() < until, "nobody holds it");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// From here on attempts count, or no longer.
    pub(super) fn counts(&self, closed: bool) {
        self.closed.store(closed, Ordering::SeqCst);
    }

    /// Transactions one after the other, open or not, each of which holds the gate for a while.
    fn hold(&mut self, (db, linked): (Db, bool), original: &str, number: u64, mut chance: Chance) {
        let in_hand = linked.then(|| Arc::clone(&self.in_hand));
        let original = original.to_owned();
        let (stop, closed) = (Arc::clone(&self.stop), Arc::clone(&self.closed));
        let (attempts, commits) = (Arc::clone(&self.attempts), Arc::clone(&self.commits));
        self.tasks.spawn(async move {
            let mut made = 0;
            while !stop.load(Ordering::SeqCst) {
                made += 1;
                let all = chance.between(0, HOLD);
                let before = chance.between(0, all);
                let waits = Some((before, all - before));
                let id = format!("app_held_{number}_{made}");
                let done = copy(&db, &original, id, (waits, in_hand.clone())).await;
                let counter = if done { &commits } else { &attempts };
                if done || closed.load(Ordering::SeqCst) {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }

    /// As many transactions as there can be while it is closed.
    fn press(&mut self, original: &str, number: u64) {
        let (db, original) = (self.databases[0].clone(), original.to_owned());
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
                let id = format!("app_pressed_{number}_{made}");
                copy(&db, &original, id, (None, None)).await;
                attempts.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    /// A customer of one instance, again and again.
    pub(super) fn apply(&mut self, customer: Client, firm: String) {
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

    /// Attempts while it was closed, and commits while it was open.
    pub(super) async fn end(mut self) -> (u64, u64) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(task) = self.tasks.join_next().await {
            task.unwrap();
        }
        for db in &self.databases {
            db.close().await;
        }
        (
            self.attempts.load(Ordering::SeqCst),
            self.commits.load(Ordering::SeqCst),
        )
    }
}

/// One transaction; whether it committed.
async fn copy(
    db: &Db,
    original: &str,
    id: String,
    (waits, in_hand): (Option<(u64, u64)>, Option<Arc<AtomicU64>>),
) -> bool {
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
                    let hand = in_hand.filter(|_| after > ENDING).map(InHand::of);
                    tx.exec(sleep, &[wait(after.saturating_sub(ENDING)).into()])
                        .await?;
                    drop(hand);
                    tx.exec(sleep, &[wait(after.min(ENDING)).into()]).await?;
                }
                Ok(())
            })
        })
        .await;
    done.is_ok()
}
