//! The evidence log: leaves that get their index while more come in, and the verification of a long log.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::bench::Context;
use crate::bench::outcome::{Outcome, Required};
use crate::bench::postgres::Postgres;
use crate::process;

/// Leaves a second that are integrated, at least, and the rate at which they come: what is asked for and a tenth.
const PER_SECOND: f64 = 20_000.0;
const OFFERED: u32 = 22_000;
/// Seconds that a leaf may wait for its index, at most.
const AGE: f64 = 2.0;
/// Leaves of the log that is verified, and the seconds for it, at most.
const LEAVES: u32 = 1_000_000;
const VERIFIED_IN: f64 = 5.0;

/// One log a repeat: a log can only grow.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let mut build =
        context
            .workspace
            .cargo(&["build", "--release", "-p", "evidence", "--example", "log_speed"]);
    process::run(&mut build)?;
    let (mut integrated, mut ages) = (Vec::new(), Vec::new());
    for _ in 0..context.repeats {
        let folder = context.folder("evidence")?;
        let measured = rate(context, &folder, "sqlite:log.db")?;
        integrated.push(figure(&measured, "integrated_per_second")?);
        ages.push(figure(&measured, "oldest_seconds")?);
    }
    let beside = postgres(context).map_or_else(
        |error| format!("PostgreSQL was not measured: {error:#}"),
        |measured| format!("PostgreSQL beside it, not judged: {measured}"),
    );
    let (verified, note) = verification(context)?;
    let quick = context.quick;
    let judged =
        |name, unit, required, ours| Outcome::judged(name, unit, required, (ours, Vec::new()), quick);
    Ok(vec![
        judged("evidence-integrated", "leaves/s", Required::AtLeast(PER_SECOND), integrated)
            .note(format!(
                "{OFFERED} leaves a second come in from 16 writers, 20 in a transaction; numbered, signed and anchored beside it; SQLite"
            ))
            .note(beside),
        judged("evidence-age", "s", Required::AtMost(AGE), ages)
            .note("the oldest leaf without an index that was seen at that rate"),
        judged("evidence-verified", "s", Required::AtMost(VERIFIED_IN), verified).note(note),
    ])
}

fn rate(context: &Context<'_>, folder: &Path, url: &str) -> Result<Value> {
    let printed = process::capture(
        Command::new(context.binary("examples/log_speed"))
            .args([
                "rate",
                url,
                ".",
                &OFFERED.to_string(),
                &context.seconds().to_string(),
            ])
            .current_dir(folder),
    )?;
    serde_json::from_str(&printed).context("log_speed printed no JSON")
}

fn figure(measured: &Value, name: &str) -> Result<f64> {
    measured[name]
        .as_f64()
        .with_context(|| format!("log_speed gave no {name}"))
}

fn postgres(context: &Context<'_>) -> Result<Value> {
    let folder = context.folder("evidence-postgres")?;
    let server = Postgres::start(context, &folder)?;
    let measured = rate(context, &folder, &server.url);
    server.stop()?;
    measured
}

/// `backstop evidence verify` over a database, from its start to its end.
fn verification(context: &Context<'_>) -> Result<(Vec<f64>, String)> {
    let leaves = if context.quick { LEAVES / 20 } else { LEAVES };
    let folder = context.folder("evidence-verify")?;
    process::capture(
        Command::new(context.binary("examples/log_speed"))
            .args(["fill", "sqlite:log.db", ".", &leaves.to_string()])
            .current_dir(&folder),
    )?;
    let verify = |log: &str| -> Result<f64> {
        let begun = Instant::now();
        process::capture(
            Command::new(context.binary("backstop"))
                .args([
                    "evidence",
                    "verify",
                    "--key",
                    "evidence.pub",
                    "--anchors",
                    "anchors.jsonl",
                    "--log",
                    log,
                ])
                .current_dir(&folder),
        )?;
        Ok(begun.elapsed().as_secs_f64())
    };
    let mut taken = Vec::new();
    for _ in 0..context.repeats {
        taken.push(verify("sqlite:log.db")?);
    }
    process::capture(
        Command::new(context.binary("backstop"))
            .args([
                "evidence",
                "show",
                "--log",
                "sqlite:log.db",
                "--export",
                "log.jsonl",
            ])
            .current_dir(&folder),
    )?;
    let exported = verify("log.jsonl")?;
    let size = fs::metadata(folder.join("log.jsonl"))?.len() / 1_000_000;
    let note = format!(
        "{leaves} leaves in SQLite; wall clock of `backstop evidence verify`, start included; the same log exported, \
         {size} MB, in {exported:.2} s"
    );
    Ok((taken, note))
}
