//! Does what a plan says, under a lease.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use lease::{Folder, Lease, Process, Signal};

use crate::faults::plan::{Fault, Plan};
use crate::watched;

/// The kernel does what these signals ask within milliseconds, unless the process waits for a disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// Harms the process. It blocks, for as long as a restart's grace.
///
/// # Errors
/// When no keeper holds leases, no record can be written, or the fault does not take; nothing is left of it then.
pub fn inject(plan: &Plan, folder: &Folder, clock: &Clock) -> anyhow::Result<Lease> {
    watched::ensure(folder, clock)?;
    let held = folder.hold(plan.terms.clone(), clock, |_| -> anyhow::Result<()> {
        match plan.fault {
            Fault::Stop => send(&plan.process, Signal::STOP, PATIENCE, Process::is_stopped),
            Fault::Kill => kill(&plan.process),
            Fault::Restart { grace } => {
                send(&plan.process, Signal::TERM, grace, ended).or_else(|_| kill(&plan.process))
            }
        }
    })?;
    Ok(held.lease)
}

fn kill(process: &Process) -> anyhow::Result<()> {
    send(process, Signal::KILL, PATIENCE, ended)
}

fn ended(process: &Process) -> std::io::Result<bool> {
    Ok(!process.is_alive()?)
}

/// Sends a signal and waits until it has done what it does.
fn send(
    process: &Process,
    signal: Signal,
    most: Duration,
    done: impl Fn(&Process) -> std::io::Result<bool>,
) -> anyhow::Result<()> {
    let wrong = || format!("failed to signal {process}");
    let handle = process.open().with_context(wrong)?;
    let handle = handle.with_context(|| format!("{process} has ended by itself"))?;
    handle.signal(signal).with_context(wrong)?;
    let began = Instant::now();
    while !done(process).with_context(wrong)? {
        anyhow::ensure!(
            began.elapsed() < most,
            "{process} does not follow the signal within {most:?}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
