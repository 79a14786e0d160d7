//! What the vault costs in intake, and how fast it opens and rotates.
//!
//! Intake under each suite is measured by an example of `lending`, which alone has a null suite to compare
//! with; opening and a killed rotation by one of `vault`.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::bench::Context;
use crate::bench::outcome::{self, Outcome, Required};
use crate::process;

/// Of the null suite's throughput, at least: the vault may cost 15 %.
const KEPT: f64 = 0.85;
/// Fields opened by id in a second on one core, at least.
const OPENED: f64 = 200_000.0;
/// Seconds for rotating a million keys across a kill, at most.
const ROTATED: f64 = 60.0;

/// What `vault_cost` prints.
#[derive(Deserialize)]
struct Newcomers {
    newcomers: u64,
    seconds: f64,
}

/// What `custody_speed` prints.
#[derive(Deserialize)]
struct Custody {
    opened_from_memory: f64,
    opened_from_store: f64,
    keys: u64,
    kills: u64,
    rotated_seconds: f64,
    read_meanwhile: u64,
    slowest_read_ms: f64,
}

/// Interleaves the suites, then measures custody.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let example = |package: &str, name: &str| {
        let mut build = context.workspace.cargo(&["build", "--release", "-p", package]);
        process::run(build.args(["--example", name]))
    };
    example("lending", "vault_cost")?;
    example("vault", "custody_speed")?;
    let mut outcomes = vec![cost(context)?];
    outcomes.extend(custody(context)?);
    Ok(outcomes)
}

fn cost(context: &Context<'_>) -> Result<Outcome> {
    let folder = context.folder("vault-cost")?;
    let (mut aes, mut sm4, mut null) = (Vec::new(), Vec::new(), Vec::new());
    for repeat in 0..context.repeats {
        for (suite, rates) in [
            ("aes-256-gcm", &mut aes),
            ("null", &mut null),
            ("sm4-gcm", &mut sm4),
        ] {
            let mut command = Command::new(context.binary("examples/vault_cost"));
            command
                .arg(folder.join(format!("{suite}-{repeat}")))
                .args([suite, &context.seconds().to_string()]);
            let found: Newcomers = serde_json::from_str(&process::capture(&mut command)?)
                .context("failed to read what vault_cost printed")?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "counts of a measurement are far below 2^52"
            )]
            rates.push(found.newcomers as f64 / found.seconds);
        }
    }
    let beside = format!("not judged: SM4, {}", outcome::beside(&sm4, &null));
    Ok(Outcome::judged(
        "vault-cost",
        "1/s",
        Required::Ratio(KEPT),
        (aes, null),
        context.quick,
    )
    .peer_is("the same executable with a null suite, which it alone has")
    .note("registration and application of a new enterprise each time, without HTTP, SQLite: fresh keys, a blind index, 13 sealed fields, 5 of them twice")
    .note(beside))
}

fn custody(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("vault-custody")?;
    let subjects = if context.quick { "2000" } else { "200000" };
    let mut command = Command::new(context.binary("examples/custody_speed"));
    command.arg(folder.join("one")).arg(subjects);
    let found: Custody = serde_json::from_str(&process::capture(&mut command)?)
        .context("failed to read what custody_speed printed")?;
    let opened = Outcome::judged(
        "vault-open",
        "1/s",
        Required::AtLeast(OPENED),
        (vec![found.opened_from_memory], Vec::new()),
        context.quick,
    )
    .note(format!(
        "one thread, fields found by their subject's id, each sealed twice, keys in memory; {:.0}/s with a read of the key store for each",
        found.opened_from_store
    ));
    let rotated = Outcome::judged(
        "vault-rotation",
        "s",
        Required::AtMost(ROTATED),
        (vec![found.rotated_seconds], Vec::new()),
        context.quick,
    )
    .note(format!(
        "{} keys of both custodians, {} SIGKILL in between; {} fields opened meanwhile, {:.0} ms at worst",
        found.keys, found.kills, found.read_meanwhile, found.slowest_read_ms
    ));
    Ok(vec![opened, rotated])
}
