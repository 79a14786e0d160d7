//! `backstop runbook check`

use std::io::Write as _;
use std::path::PathBuf;

use base::exit;
use rules::Group;
use serde_json::json;

use super::read::read;

/// Compiles runbooks, and holds them against the alerts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An alert that a page answers has to have a rule, and a rule whose annotation `runbook` names a page \
(runbooks/pages/ID.md) has to be answered by that page. That is judged once all pages compile.

Exit codes: 0 all is well · 1 something is wrong, and named · 2 a file cannot be read

Example:
  backstop runbook check
  backstop runbook check pages/*.md --rules rules/*.yml")]
pub struct Args {
    /// Pages; those that this program brings along, if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Rule files; the shipped ones, if none is named.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    rules: Vec<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Checks and prints.
///
/// # Errors
/// When a file cannot be read, or standard output is gone.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let (pages, mut problems) = read(&args.files)?;
    let groups = match args.rules.as_slice() {
        [] => rules::load(watch::shipped::RULES.iter().copied()),
        files => rules::load_paths(files),
    };
    match groups {
        // A page that does not compile is one that rules may name all the same.
        Ok(_) if !problems.is_empty() => {}
        Ok(groups) => {
            let gaps = runbooks::coverage(&pages, &named(&groups));
            problems.extend(gaps.iter().map(ToString::to_string));
        }
        Err(wrong) => problems.extend(wrong.0.iter().map(ToString::to_string)),
    }
    let well = problems.is_empty();
    let mut out = std::io::stdout().lock();
    if args.json {
        let told = json!({ "ok": well, "pages": pages.len(), "problems": problems });
        writeln!(out, "{told}")?;
    } else {
        for problem in &problems {
            writeln!(out, "{problem}")?;
        }
        writeln!(out, "{} pages", pages.len())?;
    }
    Ok(if well { exit::OK } else { exit::FAILED })
}

/// Each alert with its annotation `runbook`, empty if it has none.
fn named(groups: &[Group]) -> Vec<(String, String)> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let alerts = rules.filter_map(|rule| Some((rule, rule.alerting()?)));
    alerts
        .map(|(rule, alerting)| {
            let found = alerting.annotations.iter().find(|(name, _)| &**name == "runbook");
            // One that is made of labels names no page, which would have to be known beforehand.
            let page = found.and_then(|(_, text)| text.constant()).unwrap_or_default();
            (rule.name.to_string(), page.to_owned())
        })
        .collect()
}
