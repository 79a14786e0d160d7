//! Measures the sequencer: leaves come in at a rate from several writers, and are
//! numbered and signed beside it, as in the service.
//!
//! `log_speed rate URL DIR PER_SECOND SECONDS` prints a JSON object with the
//! leaves integrated a second and the oldest age seen; `log_speed fill URL DIR
//! LEAVES` makes a log to be verified. DIR gets the key pair and the anchor file.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it measured"
)]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, DbError, Options};
use evidence::sequencer::Seen;
use evidence::{AnchorFile, FINANCING, Leaf, MIGRATION, Sequencer, key_file, leave, pending};
use tokio::sync::watch;
use tokio::time::sleep;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Writers at once: as many officers and operators as a bank has at work.
const WRITERS: i64 = 16;
/// Leaves in one transaction: one each, as acts leave them, would measure the
/// commits of PostgreSQL and not its sequencer.
const TOGETHER: i64 = 20;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args[..] {
        ["rate", url, dir, per_second, seconds] => {
            runtime.block_on(rate(url, Path::new(dir), per_second.parse()?, seconds.parse()?))
        }
        ["fill", url, dir, leaves] => runtime.block_on(fill(url, Path::new(dir), leaves.parse()?)),
        _ => {
            eprintln!("log_speed rate URL DIR PER_SECOND SECONDS | fill URL DIR LEAVES");
            std::process::exit(2)
        }
    }
}

async fn open(url: &str, dir: &Path) -> Outcome<(Db, Sequencer)> {
    let db = Db::open(url, Options::default()).await?;
    db::migrate(&db, &[MIGRATION]).await?;
    let (private, public) = (dir.join("evidence.key"), dir.join("evidence.pub"));
    key_file::create(FINANCING, &private, &public)?;
    let signer = key_file::load(FINANCING, &private)?;
    let anchors = AnchorFile::open(&dir.join("anchors.jsonl"), signer.verifier())?;
    let sequencer = Sequencer::new(db.clone(), signer, Some(anchors), Clock::system());
    Ok((db, sequencer))
}

async fn acts(db: &Db, from: i64, count: i64, at: i64) -> Result<(), DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            for n in from..from + count {
                let subject = format!("app_{n:032x}");
                let leaf = Leaf {
                    origin: FINANCING,
                    act: "application.approve",
                    actor: "officer1",
                    subject: &subject,
                    at,
                    body: serde_json::json!({ "verdict": "approve" }),
                };
                leave(tx, leaf).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Leaves at the rate, each writer at its share of it.
async fn rate(url: &str, dir: &Path, per_second: i64, seconds: i64) -> Outcome<()> {
    let (db, sequencer) = open(url, dir).await?;
    let (seen, _keep) = watch::channel(Seen::default());
    let (until, over) = (Shutdown::new(), Arc::new(AtomicBool::new(false)));
    let running = tokio::spawn(sequencer.run(seen, until.clone()));
    // The first takes over: that is no part of the rate.
    acts(&db, 0, 1, Clock::system().now_micros()).await?;
    while pending::pending(&db, FINANCING).await?.count > 0 {
        sleep(Duration::from_millis(10)).await;
    }
    let before = pending::pending(&db, FINANCING).await?.size;
    let worst = Arc::new(AtomicI64::new(0));
    let watching = tokio::spawn(watch_age(db.clone(), Arc::clone(&worst), Arc::clone(&over)));
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(db.clone(), writer, per_second, seconds)))
        .collect();
    let mut left = 0;
    for writer in writers {
        left += writer.await??;
    }
    let written = begun.elapsed().as_secs_f64();
    let integrated = pending::pending(&db, FINANCING).await?.size - before;
    let within = begun.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    watching.await??;
    until.trigger();
    running.await?;
    db.close().await;
    println!(
        "{}",
        serde_json::json!({
            "left_per_second": left as f64 / written,
            "integrated_per_second": integrated as f64 / within,
            "oldest_seconds": worst.load(Ordering::Relaxed) as f64 / 1e6,
        })
    );
    Ok(())
}

async fn write(db: Db, writer: i64, per_second: i64, seconds: i64) -> Result<i64, DbError> {
    let (clock, begun) = (Clock::system(), Instant::now());
    let each = Duration::from_secs_f64((TOGETHER * WRITERS) as f64 / per_second as f64);
    let until = Duration::from_secs(seconds.unsigned_abs());
    let (mut next, mut left) = (Duration::ZERO, 0);
    while begun.elapsed() < until {
        let first = writer << 40 | left;
        acts(&db, first + 1, TOGETHER, clock.now_micros()).await?;
        left += TOGETHER;
        next += each;
        if let Some(wait) = next.checked_sub(begun.elapsed()) {
            sleep(wait).await;
        }
    }
    Ok(left)
}

async fn watch_age(db: Db, worst: Arc<AtomicI64>, over: Arc<AtomicBool>) -> Result<(), DbError> {
    let clock = Clock::system();
    while !over.load(Ordering::Relaxed) {
        if let Some(oldest) = pending::pending(&db, FINANCING).await?.oldest {
            worst.fetch_max(clock.now_micros() - oldest, Ordering::Relaxed);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Leaves first, then their indexes.
async fn fill(url: &str, dir: &Path, leaves: i64) -> Outcome<()> {
    let (db, mut sequencer) = open(url, dir).await?;
    let clock = Clock::system();
    let mut left = 0;
    while left < leaves {
        let count = (leaves - left).min(100);
        acts(&db, left, count, clock.now_micros()).await?;
        left += count;
    }
    let begun = Instant::now();
    sequencer.take_over().await?;
    let mut integrated = 0;
    while integrated < leaves.unsigned_abs() {
        integrated += sequencer.integrate().await?;
    }
    sequencer.sign().await?;
    db.close().await;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({ "integrated_per_second": integrated as f64 / seconds })
    );
    Ok(())
}
