//! Nothing commits late, by the exact definition: absent from a fresh snapshot
//! taken after the acknowledgement, present before the reopening.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use gate::{Closing, Door, close, failpoint};
use rand::Rng;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::sleep;

use crate::world::{World, on_both, order, reopen_at, run};

on_both!(
    nothing_commits_after_the_acknowledgement,
    nothing_of_a_closed_product_commits_late_while_others_go_on,
    a_gate_that_is_only_a_cache_is_caught
);

/// Enough that some are always between their check and their commit.
const CLIENTS: usize = 16;
const ROUNDS: usize = 5;
/// Longest that a client holds before, and again after, its insert.
const HOLD_MS: u64 = 150;

async fn nothing_commits_after_the_acknowledgement(world: World) {
    let late = drill(&world, Closing::everything()).await;
    assert!(late.is_empty(), "{} late commits: {late:?}", late.len());
}

async fn nothing_of_a_closed_product_commits_late_while_others_go_on(world: World) {
    let closing = Closing {
        scope: "product=credit".parse().unwrap(),
        ..Closing::everything()
    };
    let late = drill(&world, closing).await;
    let (credit, others): (Vec<_>, Vec<_>) = late.into_iter().partition(|id| id.starts_with("credit"));
    eprintln!("{} of other products went on", others.len());
    assert!(credit.is_empty(), "{} late commits: {credit:?}", credit.len());
    assert!(
        others.len() >= ROUNDS,
        "other products were held back too: {others:?}"
    );
}

async fn a_gate_that_is_only_a_cache_is_caught(world: World) {
    failpoint::plant_cached_gate(&world.db).await.unwrap();
    let late = drill(&world, Closing::everything()).await;
    eprintln!("planted fault: {} late commits in {ROUNDS} closings", late.len());
    assert!(!late.is_empty(), "the same check must see the planted fault");
}

/// The trap that a trigger alone does not avoid: it read `open`, and commits later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_looks_without_the_lock_is_caught() {
    let world = World::postgres().await;
    let lockless = "CREATE FUNCTION lockless() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT state FROM intake_gate WHERE scope = 'everything') IS DISTINCT FROM 'open' THEN
            RAISE EXCEPTION 'backstop:intake_closed:0' USING ERRCODE = 'BS001';
          END IF;
          RETURN NEW;
        END $$";
    for sql in [
        lockless,
        "DROP TRIGGER intake_gate_applications_insert ON applications",
        "CREATE TRIGGER intake_gate_applications_insert BEFORE INSERT ON applications \
         FOR EACH ROW EXECUTE FUNCTION lockless()",
    ] {
        world.run(sql).await.unwrap();
    }
    let late = drill(&world, Closing::everything()).await;
    eprintln!(
        "trigger without lock: {} late commits in {ROUNDS} closings",
        late.len()
    );
    assert!(!late.is_empty());
}

/// Closes and reopens under load, and gives what committed late.
async fn drill(world: &World, closing: Closing) -> Vec<String> {
    let load = Load::start(world).await;
    let (mut late, mut times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        sleep(Duration::from_millis(300)).await;
        let before = load.committed.load(Ordering::SeqCst);
        let closed = close(&world.db, order("drill"), closing.clone()).await.unwrap();
        let after = world.ids("applications").await;
        load.door.look(&world.db).await.unwrap();
        // Longer than a client holds in all: whoever got through has committed.
        sleep(Duration::from_millis(2 * HOLD_MS + 200)).await;
        let later = world.ids("applications").await;
        late.extend(later.difference(&after).cloned());
        times.push(closed.took);
        assert!(closed.terminated.is_empty(), "all were quicker than the grace");
        assert!(before > 0, "there was load");
        reopen_at(&world.db, order("over"), closed.epoch).await.unwrap();
        load.door.look(&world.db).await.unwrap();
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
    async fn start(world: &World) -> Self {
        let door = Door::new();
        door.look(&world.db).await.unwrap();
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
                    // Half of the clients apply for another product.
                    let product = if number % 2 == 0 { "credit" } else { "micro" };
                    let id = format!("{product}_{number}_{made}");
                    let went_through = match &mut connection {
                        Some(connection) => on_postgres(connection, &id, product).await,
                        None => on_sqlite(&db, &id, product).await,
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
async fn on_postgres(connection: &mut PgConnection, id: &str, product: &str) -> bool {
    let mut tx = connection.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM offers")
        .execute(&mut *tx)
        .await
        .unwrap();
    hold().await;
    let insert = sqlx::query("INSERT INTO applications (id, state, product) VALUES ($1, 'submitted', $2)")
        .bind(id)
        .bind(product);
    if insert.execute(&mut *tx).await.is_err() {
        tx.rollback().await.unwrap();
        return false;
    }
    hold().await;
    tx.commit().await.unwrap();
    true
}

/// The time passes between the door and the write: a job may await nothing but SQL.
async fn on_sqlite(db: &db::Db, id: &str, product: &str) -> bool {
    hold().await;
    hold().await;
    run(
        db,
        &format!("INSERT INTO applications (id, state, product) VALUES ('{id}', 'submitted', '{product}')"),
    )
    .await
    .is_ok()
}
