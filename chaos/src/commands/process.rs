//! `backstop-chaos kill`, `stop` and `restart`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::exit;
use base::shutdown::Shutdown;
use lease::{Done, Folder, Lease, Told};
use serde_json::json;

use crate::commands::output;
use crate::faults::inject::inject;
use crate::faults::plan::{Fault, Plan};
use crate::faults::target;
use crate::span::span;
use crate::watched;

#[derive(Debug, clap::Args)]
struct Target {
    /// The process.
    #[arg(long, value_name = "PID")]
    pid: i32,
    /// When it started, in clock ticks since boot (field 22 of /proc/PID/stat). Another process that has the pid by now
    /// is then refused.
    #[arg(long, value_name = "TICKS")]
    start: Option<u64>,
    /// Folder of undo records.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: PathBuf,
    /// Says what would be done and undone, and does nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The fault ends after its time, at SIGINT or SIGTERM, and within 2 s of the death of this program: a watchdog holds its \
lease, and is started if there is none. What is started again has the arguments, folder and environment that the \
process had; where that is not enough (limits, namespaces, a supervisor), name a program after --.

Exit codes: 0 done and undone · 1 failed; the undo record stays if there is one · 2 no such process · 6 refused, nothing \
changed

Example:
  backstop-chaos kill --pid 4711 --for 10s --leases var/leases
  backstop-chaos kill --pid 4711 --for 10s --leases var/leases -- systemctl start redis")]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
    /// How long it is away.
    #[arg(long = "for", value_name = "TIME", value_parser = span, default_value = "10s")]
    lasts: Duration,
    /// What starts it again, instead of what it was started with.
    #[arg(last = true, value_name = "PROGRAM")]
    starts_by: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The fault ends after its time, at SIGINT or SIGTERM, and within 2 s of the death of this program: a watchdog holds its \
lease, and is started if there is none.

Exit codes: 0 done and undone · 1 failed; the undo record stays if there is one · 2 no such process · 6 refused, nothing \
changed

Example:
  backstop-chaos stop --pid 4711 --for 30s --leases var/leases")]
pub(super) struct StopArgs {
    #[command(flatten)]
    target: Target,
    /// How long it stands still.
    #[arg(long = "for", value_name = "TIME", value_parser = span, default_value = "30s")]
    lasts: Duration,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
It is asked to end by SIGTERM, killed after its grace, and started again at once, also if this program dies in between.

Exit codes: 0 done · 1 failed; the undo record stays if there is one · 2 no such process · 6 refused, nothing changed

Example:
  backstop-chaos restart --pid 4711 --grace 10s --leases var/leases")]
pub(super) struct RestartArgs {
    #[command(flatten)]
    target: Target,
    /// How long it may take to end.
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "10s")]
    grace: Duration,
    /// What starts it again, instead of what it was started with.
    #[arg(last = true, value_name = "PROGRAM")]
    starts_by: Vec<String>,
}

pub(super) fn kill(args: &Args) -> anyhow::Result<u8> {
    fault(&args.target, Fault::Kill, args.lasts, &args.starts_by)
}

pub(super) fn stop(args: &StopArgs) -> anyhow::Result<u8> {
    fault(&args.target, Fault::Stop, args.lasts, &[])
}

pub(super) fn restart(args: &RestartArgs) -> anyhow::Result<u8> {
    let fault_of = Fault::Restart { grace: args.grace };
    fault(&args.target, fault_of, Duration::ZERO, &args.starts_by)
}

fn fault(target: &Target, fault: Fault, lasts: Duration, starts_by: &[String]) -> anyhow::Result<u8> {
    let process = target::find(target.pid, target.start)?;
    let starts_by = (!starts_by.is_empty()).then(|| starts_by.to_vec());
    let plan = Plan::new(fault, process, lasts, starts_by)?;
    if target.dry_run {
        let (what, undo) = (&plan.terms.fault, plan.terms.undo.to_string());
        let seconds = plan.terms.lasts.as_secs_f64();
        if target.json {
            output::json(&json!({ "would": what, "undo": undo, "seconds": seconds }))?;
        } else {
            output::line(format!("would {what}, then after at most {seconds} s: {undo}"))?;
        }
        return Ok(exit::OK);
    }
    let folder = Folder::open(&target.leases)?;
    let clock = Clock::system();
    tokio::runtime::Runtime::new()?.block_on(async {
        // Before the fault: a signal that comes in between must not leave it to the watchdog.
        let shutdown = Shutdown::on_signals().context("failed to listen for signals")?;
        let kept = watched::stay(folder.clone(), clock.clone());
        let lease = blocking(move || inject(&plan, &folder, &clock)).await??;
        say(&lease, "injected", target.json)?;
        if !matches!(fault, Fault::Restart { .. }) {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(lasts) => {}
                () = kept => {}
            }
        }
        let (lease, ended) = blocking(move || {
            let ended = lease.end();
            (lease, ended)
        })
        .await?;
        let how = match ended? {
            Done::Now => "undone",
            Done::Before => "undone by the watchdog",
        };
        say(&lease, how, target.json)?;
        Ok(exit::OK)
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .context("failed to wait for what was done")
}

/// One line an event, JSON or not, so that a program can read along.
fn say(lease: &Lease, event: &str, json: bool) -> anyhow::Result<()> {
    let record = lease.record();
    if json {
        let told = Told::of(record, event);
        let line = json!({
            "event": event, "lease": told.id, "fault": told.fault, "undo": told.undo, "expires_at": record.expires_at,
        });
        output::line(line.to_string())?;
    } else {
        output::line(format!("{event}: {} (lease {})", record.fault, record.id))?;
    }
    Ok(())
}
