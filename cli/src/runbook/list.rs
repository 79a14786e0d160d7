//! `backstop runbook list`

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use base::exit;
use serde_json::{Value, json};

use super::read::read;

/// Lists runbooks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 listed · 1 a page does not compile; what is wrong is on standard error · 2 a file cannot be read

Example:
  backstop runbook list --json")]
pub struct Args {
    /// Pages; those that this program brings along, if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON list.
    #[arg(long)]
    json: bool,
}

/// Reads and prints.
///
/// # Errors
/// When a file cannot be read, or standard output is gone.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let (pages, wrong) = read(&args.files)?;
    let mut out = std::io::stdout().lock();
    let mut listed: Vec<Value> = Vec::new();
    for page in &pages {
        let hash = page.hash().context("a plan has no hash")?;
        if args.json {
            listed.push(json!({
                "id": page.id, "title_zh": page.title_zh, "title_en": page.title_en, "owner": page.owner,
                "severity": page.severity, "minutes": page.minutes, "alerts": page.alerts, "needs": page.needs,
                "steps": page.steps.len(), "sha256": hash,
            }));
        } else {
            writeln!(out, "{}  {} · {}", page.id, page.title_zh, page.title_en)?;
            writeln!(out, "    answers {}", page.alerts.join(", "))?;
            let (steps, minutes) = (page.steps.len(), page.minutes);
            writeln!(
                out,
                "    {steps} steps, {minutes} min, needs {}; plan {hash}",
                page.needs.join(", ")
            )?;
        }
    }
    if args.json {
        writeln!(out, "{}", Value::from(listed))?;
    }
    for problem in &wrong {
        writeln!(std::io::stderr(), "{problem}")?;
    }
    Ok(if wrong.is_empty() { exit::OK } else { exit::FAILED })
}
