//! What the gate costs the database in processor time: the same insert with its triggers and without.
//!
//! PostgreSQL is loaded by pgbench, and the server's processes are asked what they used; on SQLite an
//! example of `store`, which has the whole schema, asks itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::bench::Context;
use crate::bench::outcome::{Outcome, Required};
use crate::bench::postgres::Postgres;
use crate::process;

/// The triggers on the insert that there is most of.
const TRIGGERS: [&str; 3] = [
    "intake_gate_applications_insert",
    "intake_gate_applications_state_approved_insert",
    "intake_gate_applications_state_signed_insert",
];
/// Slices of a repeat.
const SLICES: u32 = 2;
/// Of the processor time without the trigger, at most: the gate may cost 10 %. As a ratio that must be
/// reached: what an insert costs without, over what it costs with the gate.
const KEPT: f64 = 1.0 / 1.1;
/// Clients of pgbench, as of every other bench.
const CLIENTS: &str = "16";

pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let mut build = context.workspace.cargo(&["build", "--release", "-p", "store"]);
    process::run(build.args(["--example", "gate_cost"]))?;
    Ok(vec![postgres(context)?, sqlite(context)?])
}

/// What `gate_cost` prints: microseconds an insert.
#[derive(Deserialize)]
struct Costs {
    with: Vec<f64>,
    without: Vec<f64>,
}

fn sqlite(context: &Context<'_>) -> Result<Outcome> {
    let folder = context.folder("gate-cost-sqlite")?;
    let inserts = if context.quick { "2000" } else { "100000" };
    let mut command = Command::new(context.binary("examples/gate_cost"));
    command.arg(&folder).args([inserts, &context.repeats.to_string()]);
    let costs: Costs = serde_json::from_str(&process::capture(&mut command)?)
        .context("failed to read what gate_cost printed")?;
    Ok(judged(context, "gate-cost-sqlite", costs)
        .peer_is("the same database without the gate's triggers")
        .note(
            "one application an insert, 16 writers, groups as they come; processor time of the whole process",
        ))
}

fn postgres(context: &Context<'_>) -> Result<Outcome> {
    let folder = context.folder("gate-cost-postgres")?;
    let server = Postgres::start(context, &folder)?;
    let mut migrate = Command::new(context.binary("financing"));
    process::capture(migrate.args(["migrate", "--database", &server.url]))?;
    let script = script(context, &folder, &server)?;
    let mut costs = Costs {
        with: Vec::new(),
        without: Vec::new(),
    };
    for _ in 0..context.repeats {
        let (mut with, mut without) = (Used::default(), Used::default());
        for slice in 0..SLICES {
            // Now one first and now the other, so that a table that grows costs both the same.
            let mut turns = [("ENABLE ALWAYS", &mut with), ("DISABLE", &mut without)];
            if slice % 2 == 1 {
                turns.reverse();
            }
            for (state, used) in turns {
                for trigger in TRIGGERS {
                    server.ask(&format!("ALTER TABLE applications {state} TRIGGER {trigger}"))?;
                }
                used.turn(&server, &script, context.seconds() / SLICES)?;
            }
        }
        costs.with.push(with.an_insert());
        costs.without.push(without.an_insert());
    }
    let described = server.describe()?;
    server.stop()?;
    Ok(judged(context, "gate-cost-postgres", costs)
        .peer_is(format!("the same table with the gate's triggers disabled; {described}"))
        .note("pgbench, prepared statements, 16 clients, one application a transaction; processor time of all of the server's processes"))
}

fn judged(context: &Context<'_>, name: &str, costs: Costs) -> Outcome {
    // Less is better, so the peer's goes on top.
    let Costs { with, without } = costs;
    let repeats = (without, with);
    Outcome::judged(name, "us/insert", Required::Ratio(KEPT), repeats, context.quick)
        .note("first without the gate, then with it")
}

/// Puts the one enterprise there, and pgbench's script into a file.
fn script(context: &Context<'_>, folder: &Path, server: &Postgres) -> Result<std::path::PathBuf> {
    let mut command = Command::new(context.binary("examples/gate_cost"));
    let printed = process::capture(command.arg("--statement"))?;
    let (firm, insert) = printed
        .split_once(";\n")
        .context("gate_cost printed no two statements")?;
    server.ask(firm)?;
    let path = folder.join("insert.sql");
    let text = format!("\\set id random(1, 4000000000000000000)\n{insert}");
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    Ok(path)
}

/// What turns used in all.
#[derive(Default)]
struct Used {
    ticks: u64,
    inserts: u64,
}

impl Used {
    /// Lets pgbench insert for so many seconds.
    fn turn(&mut self, server: &Postgres, script: &Path, seconds: u32) -> Result<()> {
        let data: std::path::PathBuf = server.ask("SHOW data_directory")?.into();
        let file =
            fs::read_to_string(data.join("postmaster.pid")).context("failed to read the server's pid")?;
        let pid: u32 = file.lines().next().unwrap_or_default().parse()?;
        let rows = || -> Result<u64> { Ok(server.ask("SELECT COUNT(*) FROM applications")?.parse()?) };
        let (rows_before, before) = (rows()?, used(pid)?);
        let bindir = process::capture(Command::new("pg_config").arg("--bindir"))?;
        let mut pgbench = Command::new(Path::new(bindir.trim()).join("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", "2", "-T"]);
        pgbench.arg(seconds.max(1).to_string()).arg("-f").arg(script);
        process::capture(pgbench.arg(&server.url))?;
        let (spent, inserted) = (used(pid)? - before, rows()? - rows_before);
        ensure!(inserted > 0, "pgbench inserted nothing");
        self.ticks += spent;
        self.inserts += inserted;
        Ok(())
    }

    /// Microseconds of the server's processor time.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a measurement are far below 2^52"
    )]
    fn an_insert(&self) -> f64 {
        self.ticks as f64 * TICK_MICROS / self.inserts as f64
    }
}

/// A clock tick in `/proc/PID/stat`: fixed at a hundredth of a second in the Linux ABI.
const TICK_MICROS: f64 = 10_000.0;

/// Ticks that the server's processes used, those that have ended included.
fn used(postmaster: u32) -> Result<u64> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        // Processes end while they are looked at.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name, in parentheses, may hold anything; state and numbers follow it.
        let Some((pid, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        let pid: u32 = pid.split(' ').next().unwrap_or_default().parse().unwrap_or(0);
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |at: usize| {
            fields
                .get(at)
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or(0)
        };
        // After the name: state, parent, …; utime, stime, cutime and cstime are the 12th to the 15th.
        if pid == postmaster {
            ticks += (11..15).map(number).sum::<u64>();
        } else if number(1) == u64::from(postmaster) {
            ticks += number(11) + number(12);
        }
    }
    ensure!(ticks > 0, "no process of the server was found");
    Ok(ticks)
}
