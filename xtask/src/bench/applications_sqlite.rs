//! Durable applications a second over HTTP on SQLite, against a bare sqlx loop that commits one prepared row at
//! a time with the same durability. An application is many rows (consents, sealed fields, idempotency, outbox,
//! audit); the peer's is one.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::bench::children::Service;
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

/// Interleaves ours, with one consent and with many, and the peer's. An application with its consent is what is
/// required and judged; one that brings a consent for each source is twice the rows, and told beside it.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("applications-sqlite")?;
    let service = Service::start(context, &folder, "sqlite:financing.db", &[])?;
    let (mut ours, mut many, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    let (mut settings, mut slowest) = (String::new(), 0);
    for repeat in 0..context.repeats {
        let one = load::applications(context, &service, 2 * repeat, 1, context.seconds())?;
        slowest = slowest.max(one.p99_us.unwrap_or(0));
        ours.push(one.ok_per_second);
        let all = load::applications(
            context,
            &service,
            2 * repeat + 1,
            load::CONSENTS,
            context.seconds(),
        )?;
        many.push(all.ok_per_second);
        let rows = rows(context, &folder)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of a measurement are far below 2^52"
        )]
        peer.push(rows.rows as f64 / rows.seconds);
        settings = rows.settings;
    }
    service.stop()?;
    let beside = format!(
        "not judged: with {} consents each, {}",
        load::CONSENTS,
        outcome::beside(&many, &peer)
    );
    let outcome = Outcome::judged(
        "applications-sqlite",
        "1/s",
        Required::Ratio(1.5),
        (ours, peer),
        context.quick,
    )
    .peer_is(format!(
        "sqlx 0.9, one prepared row a commit, one loop; {settings}"
    ))
    .note(format!(
        "{} clients, p99 {slowest} µs at worst; each application with 1 consent",
        load::CLIENTS
    ))
    .note(beside);
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
