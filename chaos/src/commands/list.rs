//! `backstop-chaos list`.

use std::path::PathBuf;

use base::clock::Clock;
use base::exit;
use lease::{Entry, Folder};
use serde_json::{Value, json};

use crate::commands::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 listed · 1 a record cannot be read

Example:
  backstop-chaos list --leases var/leases --json")]
pub(super) struct Args {
    /// Folder of undo records.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    show(&Folder::open(&args.leases)?, args.json)
}

/// Environments of programs stay in the record: they may hold secrets.
pub(super) fn show(folder: &Folder, as_json: bool) -> anyhow::Result<u8> {
    let clock = Clock::system();
    let (mut faults, mut garbled) = (Vec::new(), Vec::new());
    for entry in folder.entries()? {
        match entry {
            Entry::Record(record) => {
                let alive = record.owner.is_alive().unwrap_or(true);
                let late = clock.now() >= record.expires_at;
                let state = match (late, alive) {
                    (true, _) => "overdue",
                    (_, false) => "orphaned",
                    _ => "held",
                };
                let why = std::fs::read_to_string(folder.path().join(format!("{}.why", record.id))).ok();
                faults.push(json!({
                    "id": record.id, "fault": record.fault, "undo": record.undo.to_string(), "state": state,
                    "made_at": record.made_at, "expires_at": record.expires_at, "owner": record.owner.pid,
                    "failed": why,
                }));
            }
            Entry::Garbled { file, why } => garbled.push(json!({ "file": file, "why": why })),
            Entry::Unfinished { .. } => {}
        }
    }
    let code = if garbled.is_empty() {
        exit::OK
    } else {
        exit::FAILED
    };
    let kept = folder.is_kept(&clock);
    if as_json {
        output::json(&json!({ "kept": kept, "faults": faults, "garbled": garbled }))?;
        return Ok(code);
    }
    let text = |value: &Value, field: &str| {
        let field = value.get(field).unwrap_or(&Value::Null);
        field.as_str().map_or_else(|| field.to_string(), str::to_owned)
    };
    for fault in &faults {
        let [id, state, what, until, undo] =
            ["id", "state", "fault", "expires_at", "undo"].map(|field| text(fault, field));
        output::line(format!("{id} {state}: {what}, until {until}; undo: {undo}"))?;
        if let Some(why) = fault.get("failed").and_then(Value::as_str) {
            output::line(format!("  not undone so far: {why}"))?;
        }
    }
    for one in &garbled {
        output::line(format!(
            "NOT READABLE: {}: {}",
            text(one, "file"),
            text(one, "why")
        ))?;
    }
    if faults.is_empty() && garbled.is_empty() {
        output::line("no fault is in force")?;
    } else if !kept {
        output::line("nobody keeps these leases: run backstop-watchdog --leases, or recover")?;
    }
    Ok(code)
}
