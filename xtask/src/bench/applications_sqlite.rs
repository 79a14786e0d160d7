//! Durable applications a second over HTTP on SQLite, against a bare sqlx loop that commits one prepared row at
//! a time with the same durability. An application is many rows (consents, sealed fields, idempotency, outbox,
//! audit); the peer's is one.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::bench::children::Service;
use crate::bench::load::{Applications, CLIENTS, CONSENTS, MANY_CLIENTS};
use crate::bench::outcome::{self, Outcome, Required};
use crate::bench::{Context, load};
use crate::process;

/// What `peer-sqlx` prints.
#[derive(Deserialize)]
struct Rows {
    rows: u64,
    seconds: f64,
    settings: String,
}

/// The kinds of load, as clients, consents that each application brings, and whether keys are random. The first
/// is judged: an application with its consent, under random keys, as a client may send that nobody advised. Beside
/// it, what more clients reach, whose commit groups are larger, applications that bring a consent for each source,
/// which are twice the rows, and what keys are worth that sort by time.
const LOADS: [(u32, u32, bool); 4] = [
    (CLIENTS, 1, true),
    (MANY_CLIENTS, 1, true),
    (CLIENTS, CONSENTS, true),
    (CLIENTS, 1, false),
];

/// How many loads a repeat puts on the database.
const KINDS: u32 = 4;

/// What waits after a load is at most some thousand notices, ten batches of which take 0.1 s.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(2);

/// Interleaves ours, each kind in turn, and the peer's.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("applications-sqlite")?;
    let service = Service::start(context, &folder, "sqlite:financing.db", &[])?;
    let (mut ours, mut peer) = (LOADS.map(|_| Vec::new()), Vec::new());
    let (mut settings, mut slowest) = (String::new(), 0);
    for run in 0..context.repeats {
        for (kind, (clients, consents, random_keys)) in (0..).zip(LOADS) {
            let load = Applications {
                run: KINDS * run + kind,
                clients,
                consents,
                random_keys,
                seconds: context.seconds(),
            };
            let seen = load::applications(context, &service, &load)?;
            if kind == 0 {
                slowest = slowest.max(seen.p99_us.unwrap_or(0));
            }
            ours[kind as usize].push(seen.ok_per_second);
        }
        // The notices that still wait are delivered first: the peer must not share the machine with them.
        std::thread::sleep(SETTLED);
        let rows = rows(context, &folder)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of a measurement are far below 2^52"
        )]
        peer.push(rows.rows as f64 / rows.seconds);
        settings = rows.settings;
    }
    service.stop()?;
    let [judged, clients, consents, by_time] = ours;
    let clients = outcome::beside(&clients, &peer);
    let consents = outcome::beside(&consents, &peer);
    let by_time = outcome::beside(&by_time, &peer);
    let outcome = Outcome::judged(
        "applications-sqlite",
        "1/s",
        Required::Ratio(1.5),
        (judged, peer),
        context.quick,
    )
    .peer_is(format!(
        "sqlx 0.9, one prepared row a commit, one loop; {settings}"
    ))
    .note(format!(
        "{CLIENTS} clients, p99 {slowest} µs at worst; each application with 1 consent"
    ))
    .note(format!("not judged: with {MANY_CLIENTS} clients, {clients}"))
    .note(format!("not judged: with {CONSENTS} consents each, {consents}"))
    .note(format!("not judged: under keys that sort by time, {by_time}"));
    Ok(vec![outcome])
}

fn rows(context: &Context<'_>, folder: &std::path::Path) -> Result<Rows> {
    let mut command = Command::new(context.binary("peer-sqlx"));
    command
        .arg("--database")
        .arg(folder.join("peer.db"))
        .args(["--seconds", &context.seconds().to_string()]);
    serde_json::from_str(&process::capture(&mut command)?).context("failed to read what peer-sqlx printed")
}
