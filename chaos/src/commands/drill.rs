//! `backstop-chaos drill`.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::exit;
use base::shutdown::Shutdown;
use clap::Subcommand;
use lease::Folder;
use serde_json::{Value, json};

use crate::commands::output;
use crate::drill::failover::plan::{Mode, Plan};
use crate::drill::failover::report::Report;
use crate::drill::failover::run::{Surroundings, run as failover_run};
use crate::drill::failover::text;
use crate::span::span;
use crate::watched;
use base::ended::stop;

/// Between two looks for a signal while a line is waited for.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 the drill held · 1 failed · 2 wrong usage · 3 acknowledged writes are lost · 4 it proves nothing · 6 refused

Example:
  backstop-chaos drill failover --leases var/leases --yes")]
pub(super) struct Args {
    #[command(subcommand)]
    drill: Drill,
}

#[derive(Debug, Subcommand)]
enum Drill {
    /// Kills a PostgreSQL primary under load, and has its standby take over.
    Failover(Failover),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
It starts a primary and a standby of its own on loopback, and harms nobody else's. Clients know one address, that of a \
proxy. Everything ends with this program, however it dies. What is reported: the time from the kill to the first \
acknowledged write with its parts, and every acknowledged write that the new primary does not have, by id, compared \
with the old primary, which is read behind its fence before it comes back as a standby.

With --steered a program leads: it reads events, a JSON object a line (--json), of which `ready` has the address; it \
writes the line `go` to standard input when the primary may be lost, and `enough` when its own clients have seen \
enough. The end of standard input ends the drill.

Exit codes: 0 nothing acknowledged is lost, and --within was kept · 1 failed, or interrupted · 2 wrong usage · 3 \
acknowledged writes are lost, or --within was not kept · 4 it proves nothing: nobody wrote before or after · 5 \
PostgreSQL's programs are missing · 6 refused, nothing changed

Example:
  backstop-chaos drill failover --leases var/leases
  backstop-chaos drill failover --leases var/leases --out failover.json --within 3s --yes
  backstop-chaos drill failover --mode async-partition --leases var/leases --yes")]
struct Failover {
    /// How the standby stands to the primary.
    #[arg(long, value_enum, default_value = "sync")]
    mode: Mode,
    /// How many clients write at once.
    #[arg(long, value_name = "NUMBER", default_value = "4", value_parser = clap::value_parser!(u32).range(1..=50))]
    writers: u32,
    /// How long they write before the primary is lost.
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "2s")]
    before: Duration,
    /// How long they write after the first write that the new primary acknowledged.
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "1s")]
    after: Duration,
    /// How long the standby is cut off before the primary is killed, with --mode async-partition.
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "500ms")]
    partition: Duration,
    /// The longest time from the kill to the first acknowledged write.
    #[arg(long, value_name = "TIME", value_parser = span)]
    within: Option<Duration>,
    /// An empty database for other clients, behind the same address. May be said again.
    #[arg(long, value_name = "NAME")]
    database: Vec<String>,
    /// Waits for `go` and `enough` on standard input instead of the times before and after.
    #[arg(long)]
    steered: bool,
    /// Folder of undo records.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: PathBuf,
    /// Each acknowledged id is written here, a line each, as it is acknowledged.
    #[arg(long, value_name = "FILE")]
    acknowledged: Option<PathBuf>,
    /// The report goes here, as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Prints JSON, a line an event; the last one has the report.
    #[arg(long)]
    json: bool,
    /// Does it. Without this it says what would be done.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    match &args.drill {
        Drill::Failover(args) => failover(args),
    }
}

fn failover(args: &Failover) -> anyhow::Result<u8> {
    let programs = cluster::available().map_err(|why| stop(exit::UNREACHABLE, why))?;
    let plan = Plan {
        mode: args.mode,
        writers: args.writers,
        before: args.before,
        after: args.after,
        partition: args.partition,
        within: args.within,
        acknowledged: args.acknowledged.clone(),
        databases: args.database.clone(),
    };
    if !args.yes {
        let steps = preview(&plan);
        if args.json {
            output::json(&json!({ "would": steps, "programs": programs }))?;
        } else {
            output::line(format!("would, with the programs in {}:", programs.display()))?;
            for step in steps {
                output::line(format!("  {step}"))?;
            }
            output::line("nothing was done: say --yes")?;
        }
        return Ok(exit::OK);
    }
    let (folder, clock) = (Folder::open(&args.leases)?, Clock::system());
    let runtime = tokio::runtime::Runtime::new()?;
    let shutdown = runtime
        .block_on(async { Shutdown::on_signals() })
        .context("failed to listen for signals")?;
    watched::ensure(&folder, &clock)?;
    runtime.spawn(watched::stay(folder.clone(), clock.clone()));

    let go_on = || {
        anyhow::ensure!(!shutdown.is_triggered(), "interrupted");
        Ok(())
    };
    let tell = |event: Value| say(&event, args.json);
    let words = Mutex::new(args.steered.then(words));
    let heard = |word: &str| hear(&words, word, &go_on);
    let (when, enough) = (|| heard("go"), || heard("enough"));
    let around = Surroundings {
        folder: &folder,
        clock: &clock,
        runtime: runtime.handle(),
        tell: &tell,
        go_on: &go_on,
        when: args.steered.then_some(&when as _),
        enough: args.steered.then_some(&enough as _),
    };
    let report = failover_run(&plan, &around)?;
    // A server that is waited for by a client's last statement must not keep us.
    runtime.shutdown_background();
    finish(args, &report)?;
    Ok(report.verdict.code())
}

fn finish(args: &Failover, report: &Report) -> anyhow::Result<()> {
    if let Some(path) = &args.out {
        write(path, report).with_context(|| format!("failed to write {}", path.display()))?;
    }
    if args.json {
        return output::line(json!({ "event": "report", "report": report }).to_string()).map_err(Into::into);
    }
    for line in text::lines(report) {
        output::line(line)?;
    }
    Ok(())
}

/// One line an event. For people it goes to standard error, so that the report stands alone.
fn say(event: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        output::line(event.to_string())?;
    } else {
        writeln!(std::io::stderr(), "{event}")?;
    }
    Ok(())
}

fn preview(plan: &Plan) -> Vec<String> {
    let how = match plan.mode {
        Mode::Sync => "every commit waits for the standby".to_owned(),
        Mode::AsyncPartition => format!(
            "no commit waits for the standby, which is cut off {} ms before the primary is killed",
            plan.partition.as_millis()
        ),
    };
    vec![
        format!("start a primary, a standby and a proxy on free ports of loopback; {how}"),
        format!("have {} clients write ids to the proxy's address", plan.writers),
        "kill the primary and its children by SIGKILL; they are this program's own".to_owned(),
        "fence it, promote the standby, lead the proxy's address there".to_owned(),
        "look for every acknowledged id; read the old primary behind its fence; rewind it into a standby"
            .to_owned(),
        "end and remove all of it".to_owned(),
    ]
}

/// Lines of standard input.
fn words() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let Ok(line) = line else { return };
            if sender.send(line.trim().to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn hear(
    words: &Mutex<Option<Receiver<String>>>,
    word: &str,
    go_on: &dyn Fn() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let words = words.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(words) = words.as_ref() else {
        return Ok(());
    };
    loop {
        go_on()?;
        match words.recv_timeout(LOOK) {
            Ok(line) if line == word => return Ok(()),
            Ok(_) => {
                return Err(stop(
                    exit::USAGE,
                    format!("expected the line {word} on standard input"),
                ));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                anyhow::bail!("standard input ended before the line {word}: whoever led has gone")
            }
        }
    }
}

/// Whoever sees it sees all of it.
fn write(path: &std::path::Path, report: &Report) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let mut file = std::fs::File::create(&draft)?;
    file.write_all(serde_json::to_string_pretty(report)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}
