//! `backstop runbook check`

use std::io::Write as _;
use std::path::PathBuf;

use base::exit;
use rules::Group;
use serde_json::json;

use super::read::{read, within};

/// Compiles runbooks, and holds them against the alerts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An alert that a page answers has to have a rule whose annotation `runbook` leads to it (runbooks/pages/ID.md), and a rule \
that leads to a page has to be answered by it. That is judged once all pages compile.

Exit codes: 0 all is well · 1 something is wrong, and named · 2 a file cannot be read

Example:
  backstop runbook check
  backstop runbook check pages/*.md --rules rules/*.yml")]
pub struct Args {
    /// Pages, or folders of them; those that this program brings along, if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Rule files, or folders of them; the shipped ones, if none is named.
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
    let (mut pages, mut problems) = read(&args.files)?;
    let compiled = pages.len();
    if args.rules.is_empty() && !args.files.is_empty() {
        // The shipped rules lead to the shipped pages, which are there as well; one of one's own stands for its namesake.
        let (shipped, _) = read(&[])?;
        let own: Vec<String> = pages.iter().map(|page| page.id.clone()).collect();
        pages.extend(shipped.into_iter().filter(|page| !own.contains(&page.id)));
    }
    let groups = match args.rules.as_slice() {
        [] => rules::load(watch::shipped::RULES.iter().copied()),
        files => rules::load_paths(within(files, &["yml", "yaml"])?),
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
        let told = json!({ "ok": well, "pages": compiled, "problems": problems });
        writeln!(out, "{told}")?;
    } else {
        for problem in &problems {
            writeln!(out, "{problem}")?;
        }
        writeln!(out, "{compiled} pages")?;
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
