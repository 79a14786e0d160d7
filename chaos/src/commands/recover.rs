//! `backstop-chaos recover`.

use std::path::PathBuf;

use base::clock::Clock;
use base::exit;
use lease::{Folder, Report, Told, Which, recover};

use crate::commands::{list, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Faults that a living tool holds are left to it, unless --all is said. Undoing is idempotent; a record that could not be \
undone or read stays.

Exit codes: 0 nothing is left to undo · 1 something could not be undone or read; it is listed

Example:
  backstop-chaos recover --leases var/leases")]
pub(super) struct Args {
    /// Folder of undo records.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: PathBuf,
    /// Also those that a living tool holds.
    #[arg(long)]
    all: bool,
    /// Lists what would be undone, and does nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let folder = Folder::open(&args.leases)?;
    if args.dry_run {
        return list::show(&folder, args.json);
    }
    let which = if args.all { Which::All } else { Which::Over };
    let report = recover(&folder, &Clock::system(), which)?;
    if args.json {
        output::json(&report)?;
    } else {
        tell(&report)?;
    }
    Ok(if report.is_clean() { exit::OK } else { exit::FAILED })
}

fn tell(report: &Report) -> anyhow::Result<()> {
    let groups: [(&str, &[Told]); 5] = [
        ("undone", &report.undone),
        ("NOT UNDONE", &report.failed),
        ("NOT READABLE", &report.garbled),
        ("unfinished", &report.unfinished),
        ("held", &report.held),
    ];
    for (group, told) in groups {
        for one in told {
            output::line(format!("{group}: {} {}: {}", one.id, one.fault, one.why))?;
        }
    }
    if groups.iter().all(|(_, told)| told.is_empty()) {
        output::line("there is nothing to undo")?;
    }
    Ok(())
}
