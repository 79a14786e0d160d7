//! How many small transactions a second the layer makes durable, and how long one
//! waits: `cargo run --release -p db --example group_commit -- sqlite:/tmp/bench.db`.
//!
//! One job is what a lending application costs the database: a gate's trigger, a
//! look for the idempotency key, four inserts. The address must be of a new database.

use db::{Db, DbError, Migration, Options, Tx, migrate};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As many as the figures in the design were measured with.
const CLIENTS: u32 = 16;

/// Long enough for several checkpoints of the log.
const TIME: Duration = Duration::from_secs(10);

const SCHEMA: Migration = Migration {
    id: "0001_bench",
    sql: "
CREATE TABLE gate (scope TEXT PRIMARY KEY, state TEXT NOT NULL);
INSERT INTO gate VALUES ('everything', 'open');
CREATE TABLE applications (id TEXT PRIMARY KEY, amount BIGINT NOT NULL, body {blob} NOT NULL);
CREATE TABLE keys (id TEXT PRIMARY KEY, answer TEXT NOT NULL);
CREATE TABLE outbox (id TEXT PRIMARY KEY, what TEXT NOT NULL);
CREATE TABLE audit (id TEXT PRIMARY KEY, act TEXT NOT NULL);
-- @sqlite
CREATE TRIGGER gated BEFORE INSERT ON applications
WHEN (SELECT state FROM gate WHERE scope = 'everything') <> 'open'
BEGIN SELECT RAISE(ABORT, 'backstop:intake_closed:'); END;
-- @postgres
CREATE FUNCTION gated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1);
  IF (SELECT state FROM gate WHERE scope = 'everything') <> 'open' THEN
    RAISE EXCEPTION 'backstop:intake_closed:' USING ERRCODE = 'BS001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gated BEFORE INSERT ON applications FOR EACH ROW EXECUTE FUNCTION gated();
",
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .ok_or("which database? sqlite:FILE or postgres://…")?;
    let db = Db::open(&url, Options::default()).await?;
    migrate(&db, &[SCHEMA]).await?;
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(run(db.clone(), client, begun)))
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 100).copied().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{CLIENTS} clients: {:.0} transactions/s, median {:?}, p99 {:?}",
        waits.len() as f64 / seconds,
        at(50),
        at(99)
    )?;
    db.close().await;
    Ok(())
}

async fn run(db: Db, client: u32, begun: Instant) -> Result<Vec<Duration>, DbError> {
    let mut waits = Vec::new();
    let body: Arc<[u8]> = vec![7; 400].into();
    while begun.elapsed() < TIME {
        let id = format!("app_{:012}{client:04}", waits.len());
        let (sent, body) = (Instant::now(), Arc::clone(&body));
        db.write(move |tx| Box::pin(async move { apply(tx, &id, &body).await }))
            .await?;
        waits.push(sent.elapsed());
    }
    Ok(waits)
}

async fn apply(tx: &mut Tx, id: &str, body: &[u8]) -> Result<(), DbError> {
    if tx
        .one("SELECT answer FROM keys WHERE id = $1", &[id.into()])
        .await?
        .is_some()
    {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO applications (id, amount, body) VALUES ($1, $2, $3)",
        &[id.into(), 1_000_000_i64.into(), body.into()],
    )
    .await?;
    tx.exec(
        "INSERT INTO keys (id, answer) VALUES ($1, $2)",
        &[id.into(), "{\"id\":\"app\"}".into()],
    )
    .await?;
    tx.exec(
        "INSERT INTO outbox (id, what) VALUES ($1, $2)",
        &[id.into(), "notify".into()],
    )
    .await?;
    tx.exec(
        "INSERT INTO audit (id, act) VALUES ($1, $2)",
        &[id.into(), "apply".into()],
    )
    .await?;
    Ok(())
}
