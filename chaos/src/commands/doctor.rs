//! `backstop-chaos doctor`.

use std::path::PathBuf;

use base::clock::Clock;
use base::exit;
use lease::Folder;
use serde_json::json;

use crate::commands::output;
use crate::doctor::examine;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each fault is tried on a child, or in namespaces and files of its own, which end with the trial.

Exit codes: 0 told · 1 failed

Example:
  backstop-chaos doctor --leases var/leases")]
pub(super) struct Args {
    /// Folder of undo records: says whether somebody keeps its leases.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let folder = args.leases.as_deref().map(Folder::open).transpose()?;
    let kept = folder.map(|folder| folder.is_kept(&Clock::system()));
    let found = examine();
    if args.json {
        output::json(&json!({ "faults": found, "leases_are_kept": kept }))?;
        return Ok(exit::OK);
    }
    for one in &found {
        let can = if one.can { "yes" } else { "no " };
        let why = if one.can {
            String::new()
        } else {
            format!(" ({})", one.why)
        };
        output::line(format!("{can} {:<24} {}{why}", one.fault, one.does))?;
    }
    match kept {
        Some(true) => output::line("a watchdog keeps the leases")?,
        Some(false) => output::line("no watchdog keeps the leases; one is started with the first fault")?,
        None => {}
    }
    Ok(exit::OK)
}
