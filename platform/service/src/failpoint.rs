//! Planted leaks of customer data, each of which the search for it must find.
//! Only in builds with feature `chaos`, and only when armed.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use client::firms::RegisterFirm;
use db::{Db, DbError};
use prometheus::{IntCounterVec, Opts, Registry};

static LOG: AtomicBool = AtomicBool::new(false);
static LABEL: AtomicBool = AtomicBool::new(false);
static PANIC: AtomicBool = AtomicBool::new(false);
static TEMP: AtomicBool = AtomicBool::new(false);
static PAGE: AtomicBool = AtomicBool::new(false);

static COUNTER: OnceLock<IntCounterVec> = OnceLock::new();

/// Rows that are written and deleted again: enough to free whole pages.
const ROWS: usize = 400;

/// Arms a leak by its name; false if this crate has none of that name.
#[must_use]
pub fn arm(name: &str) -> bool {
    let switch = match name {
        "leak_log" => &LOG,
        "leak_label" => &LABEL,
        "leak_panic" => &PANIC,
        "leak_temp" => &TEMP,
        "leak_page" => &PAGE,
        _ => return false,
    };
    switch.store(true, Ordering::SeqCst);
    true
}

/// The counter whose label leaks.
pub(crate) fn meters(registry: &Registry) -> Result<(), prometheus::Error> {
    if LABEL.load(Ordering::SeqCst) {
        let counter = IntCounterVec::new(Opts::new("planted_total", "A planted leak"), &["who"])?;
        registry.register(Box::new(counter.clone()))?;
        let _first = COUNTER.set(counter);
    }
    Ok(())
}

/// Lets out what an enterprise said of itself when it registered.
pub(crate) async fn registered(db: &Db, body: &RegisterFirm) {
    if LOG.load(Ordering::SeqCst) {
        tracing::info!(firm = body.name, "registered");
    }
    if let Some(counter) = COUNTER.get() {
        counter.with_label_values(&[body.phone.as_str()]).inc();
    }
    if PANIC.load(Ordering::SeqCst) {
        let name = body.name.clone();
        let panicked = tokio::spawn(async move { panic!("no branch for {name}") }).await;
        tracing::warn!(panicked = panicked.is_err(), "a planted panic");
    }
    if TEMP.load(Ordering::SeqCst)
        && let Err(error) = temporary(&body.phone)
    {
        tracing::error!(%error, "the planted file could not be written");
    }
    if PAGE.load(Ordering::SeqCst)
        && let Err(error) = free_page(db, body.name.clone()).await
    {
        tracing::error!(%error, "the planted page could not be freed");
    }
}

/// What an upload would leave behind.
fn temporary(phone: &str) -> std::io::Result<()> {
    let path = std::env::temp_dir().join("registration.part");
    let mut file = std::fs::File::options().append(true).create(true).open(path)?;
    writeln!(file, "{{\"phone\":\"{phone}\"}}")
}

/// A table that comes and goes while deleted pages are not wiped (SQLite).
async fn free_page(db: &Db, name: String) -> Result<(), DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            tx.many("PRAGMA secure_delete = OFF", &[]).await?;
            tx.exec("CREATE TABLE planted (name TEXT)", &[]).await?;
            for _ in 0..ROWS {
                tx.exec("INSERT INTO planted (name) VALUES ($1)", &[(&name).into()])
                    .await?;
            }
            tx.exec("DROP TABLE planted", &[]).await?;
            Ok(())
        })
    })
    .await
}
