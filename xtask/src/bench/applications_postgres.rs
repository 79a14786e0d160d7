//! Durable applications a second over HTTP on PostgreSQL, against `pgbench -M prepared` that runs the same
//! statements, captured from the server's log, with as many clients in the same database.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::bench::capture::Transaction;
use crate::bench::children::Service;
use crate::bench::load::{Applications, CLIENTS, CONSENTS, FIRMS};
use crate::bench::outcome::{Outcome, Required};
use crate::bench::postgres::Postgres;
use crate::bench::{Context, capture, load};
use crate::process;

/// What tells an application's transaction from others.
const MARKER: &str = "INSERT INTO applications ";

/// Interleaves ours and the peer's.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    if process::find("pgbench").is_none() || process::find("psql").is_none() {
        bail!("pgbench and psql are not installed: apt-get install -y postgresql");
    }
    let folder = context.folder("applications-postgres")?;
    let postgres = Postgres::start(context, &folder)?;
    let service = Service::start(context, &folder, &postgres.url, &[])?;
    let script = script(context, &folder, &postgres, &service)?;

    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for repeat in 0..context.repeats {
        // Run 0 was the captured one.
        let load = applications(repeat + 1, context.seconds());
        ours.push(load::applications(context, &service, &load)?.ok_per_second);
        peer.push(pgbench(context, &postgres, &script.file, repeat + 1)?);
    }
    let described = postgres.describe()?;
    service.stop()?;
    postgres.stop()?;
    let count = script.statements.len();
    let outcome = Outcome::judged(
        "applications-postgres",
        "1/s",
        Required::Ratio(0.5),
        (ours, peer),
        context.quick,
    )
    .peer_is(format!(
        "{}, -M prepared -c {CLIENTS} -j 2; {described}",
        process::version("pgbench")
    ))
    .note(format!("one application is {count} statements:"))
    .note(format!("  {}", script.statements.join("\n    ")));
    Ok(vec![outcome])
}

fn applications(run: u32, seconds: u32) -> Applications {
    Applications {
        run,
        clients: CLIENTS,
        consents: CONSENTS,
        random_keys: true,
        seconds,
    }
}

struct Script {
    file: PathBuf,
    statements: Vec<String>,
}

/// Captures applications and writes the script of one, over the firms of all.
fn script(context: &Context<'_>, folder: &Path, postgres: &Postgres, service: &Service) -> Result<Script> {
    let log = postgres.logging(|| load::applications(context, service, &applications(0, 1)).map(drop))?;
    let found = capture::transactions(&log, MARKER)?;
    let firms: BTreeSet<String> = found.iter().flat_map(Transaction::firms).cloned().collect();
    let first = found.first().context("no application was captured")?;
    if u32::try_from(firms.len())? < FIRMS {
        bail!(
            "applications of only {} firms were captured, of {FIRMS} wanted",
            firms.len()
        );
    }
    let file = folder.join("application.sql");
    fs::write(&file, first.script(CLIENTS, &firms)?).context("failed to write the pgbench script")?;
    Ok(Script {
        file,
        statements: first.listing(),
    })
}

/// Transactions a second, after seeing that each of them left its application.
fn pgbench(context: &Context<'_>, postgres: &Postgres, file: &Path, run: u32) -> Result<f64> {
    let count = || -> Result<u64> { Ok(postgres.ask("SELECT count(*) FROM applications")?.parse()?) };
    let before = count()?;
    let mut command = Command::new("pgbench");
    command.args([
        "-n",
        "-M",
        "prepared",
        "-j",
        "2",
        "-c",
        &CLIENTS.to_string(),
        "-T",
        &context.seconds().to_string(),
    ]);
    // Room for 10^8 transactions of each client before two runs could make the same ids.
    command.args(["-D", &format!("n={run}00000000")]);
    command.arg("-f").arg(file);
    let printed = process::capture(command.arg(&postgres.url))?;
    let (done, per_second) = read(&printed)?;
    let added = count()? - before;
    if added != done {
        bail!("pgbench says {done} transactions, and {added} applications were added");
    }
    Ok(per_second)
}

/// Transactions and transactions a second, out of what pgbench prints.
fn read(printed: &str) -> Result<(u64, f64)> {
    let after = |head: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(head));
        line.and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("pgbench printed no `{head}`"))
    };
    Ok((
        after("number of transactions actually processed:")?.parse()?,
        after("tps =")?.parse()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgbench_prints_is_read() {
        let printed = "number of transactions actually processed: 1234\nlatency average = 1 ms\n\
                       tps = 411.300000 (without initial connection time)\nSQL script 1: x\n - 12 transactions (1%, tps = 4.0)\n";
        assert_eq!(read(printed).unwrap(), (1234, 411.3));
        assert!(read("pgbench: error").is_err());
    }
}
