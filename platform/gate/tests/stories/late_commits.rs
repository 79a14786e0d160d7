//! Nothing commits late, by the exact definition: absent from a fresh snapshot
//! taken after the acknowledgement, present before the reopening.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use gate::{Door, State, close, failpoint};
use rand::Rng;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::sleep;

use crate::world::{World, on_both, order, reopen, run};

on_both!(
    nothing_commits_after_the_acknowledgement,
    a_gate_that_is_only_a_cache_is_caught
);

/// Enough that some are always between their check and their commit.
const CLIENTS: usize = 16;
const ROUNDS: usize = 5;
/// Longest that a client holds before, and again after, its insert.
const HOLD_MS: u64 = 150;

async fn nothing_commits_after_the_acknowledgement(world: World) {
    let late = drill(&world).await;
    assert!(late.is_empty(), "{} late commits: {late:?}", late.len());
}

async fn a_gate_that_is_only_a_cache_is_caught(world: World) {
    failpoint::plant_cached_gate(&world.db).await.unwrap();
    let late = drill(&world).await;
    eprintln!("planted fault: {} late commits in {ROUNDS} closings", late.len());
    assert!(!late.is_empty(), "the same check must see the planted fault");
}

/// The trap that a trigger alone does not avoid: it read `open`, and commits later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_looks_without_the_lock_is_caught() {
    let world = World::postgres().await;
    let lockless =
        "CREATE OR REPLACE FUNCTION refuse_intake_unless_open() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT state FROM intake_gate WHERE scope = 'everything') IS DISTINCT FROM 'open' THEN
            RAISE EXCEPTION 'backstop:intake_closed:0' USING ERRCODE = 'BS001';
          END IF;
          RETURN NEW;
        END $$";
    world.run(lockless).await.unwrap();
    let late = drill(&world).await;
    eprintln!(
        "trigger without lock: {} late commits in {ROUNDS} closings",
        late.len()
    );
    assert!(!late.is_empty());
}

/// Closes and reopens under load, and gives what committed late.
async fn drill(world: &World) -> Vec<String> {
    let load = Load::start(world);
    let (mut late, mut times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        sleep(Duration::from_millis(300)).await;
        let before = load.committed.load(Ordering::SeqCst);
        let closed = close(&world.db, order("drill")).await.unwrap();
        let after = world.ids("applications").await;
        load.door.tell(State::Closed, closed.epoch);
        // Longer than a client holds in all: whoever got through has committed.
        sleep(Duration::from_millis(2 * HOLD_MS + 200)).await;
        let later = world.ids("applications").await;
        late.extend(later.difference(&after).cloned());
        times.push(closed.took);
        assert!(closed.terminated.is_empty(), "all were quicker than the grace");
        assert!(before > 0, "there was load");
        let opened = reopen(&world.db, order("over")).await.unwrap();
        load.door.tell(opened.state, opened.epoch);
    }
    let (committed, refused) = load.stop().await;
    times.sort();
    eprintln!("{committed} commits, {refused} refusals; closings took {times:?}");
    assert!(
        committed >= ROUNDS * 5,
        "only {committed} commits: too little load to tell"
    );
    late
}

struct Load {
    door: Door,
    stop: Arc<AtomicBool>,
    committed: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(world: &World) -> Self {
        let door = Door::new();
        door.tell(State::Open, 1);
        let mut load = Self {
            door,
            stop: Arc::default(),
            committed: Arc::default(),
            refused: Arc::default(),
            clients: Vec::new(),
        };
        for number in 0..CLIENTS {
            let (stop, door) = (Arc::clone(&load.stop), load.door.clone());
            let (committed, refused) = (Arc::clone(&load.committed), Arc::clone(&load.refused));
            let (db, url, postgres) = (world.db.clone(), world.url.clone(), world.is_postgres());
            load.clients.push(tokio::spawn(async move {
                let mut connection = if postgres {
                    Some(PgConnection::connect(&url).await.unwrap())
                } else {
                    None
                };
                let mut made = 0;
                while !stop.load(Ordering::SeqCst) {
                    if !door.hint().admits() {
                        // As the doors of other instances would: asking again soon.
                        sleep(Duration::from_millis(5)).await;
                        door.look(&db).await.unwrap();
                        continue;
                    }
                    made += 1;
                    let id = format!("app_{number}_{made}");
                    let went_through = match &mut connection {
                        Some(connection) => on_postgres(connection, &id).await,
                        None => on_sqlite(&db, &id).await,
                    };
                    let count = if went_through { &committed } else { &refused };
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        load
    }

    async fn stop(self) -> (usize, usize) {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
        (
            self.committed.load(Ordering::SeqCst),
            self.refused.load(Ordering::SeqCst),
        )
    }
}

async fn hold() {
    let held = rand::rng().random_range(0..HOLD_MS);
    sleep(Duration::from_millis(held)).await;
}

/// A transaction that is open all the while, as outside code might hold it.
async fn on_postgres(connection: &mut PgConnection, id: &str) -> bool {
    let mut tx = connection.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM offers")
        .execute(&mut *tx)
        .await
        .unwrap();
    hold().await;
    let insert = sqlx::query("INSERT INTO applications VALUES ($1, 'submitted')").bind(id);
    if insert.execute(&mut *tx).await.is_err() {
        tx.rollback().await.unwrap();
        return false;
    }
    hold().await;
    tx.commit().await.unwrap();
    true
}

/// The time passes between the door and the write: a job may await nothing but SQL.
async fn on_sqlite(db: &db::Db, id: &str) -> bool {
    hold().await;
    hold().await;
    run(
        db,
        &format!("INSERT INTO applications VALUES ('{id}', 'submitted')"),
    )
    .await
    .is_ok()
}
