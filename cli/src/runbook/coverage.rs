//! `backstop runbook coverage`

use std::fmt::Write as _;
use std::path::PathBuf;

use base::exit;
use rules::Group;
use runbooks::Plan;
use serde_json::{Value, json};

use super::read::{read, within};
use crate::called;
use crate::ended::stop;

/// Shows which alerts have a runbook, and which have none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An alert without one leads to its section in docs/alerts.md. Whether pages and rules fit is what `runbook check` says.

Exit codes: 0 shown · 1 a page or a rule is wrong · 2 a file cannot be read

Example:
  backstop runbook coverage
  backstop runbook coverage pages --rules rules --json")]
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

/// One alert.
struct Line {
    alert: String,
    severity: String,
    pages: Vec<String>,
}

/// Reads and prints.
///
/// # Errors
/// When a page or a rule is wrong, or standard output is gone.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let (pages, wrong) = read(&args.files)?;
    let groups = match args.rules.as_slice() {
        [] => rules::load(watch::shipped::RULES.iter().copied()),
        files => rules::load_paths(within(files, &["yml", "yaml"])?),
    };
    let groups = groups.map_err(|wrong| stop(exit::FAILED, wrong.to_string()))?;
    if !wrong.is_empty() {
        return Err(stop(exit::FAILED, wrong.join("\n")));
    }
    let lines = lines(&pages, &groups);
    called::print(args.json, &object(&lines), || words(&lines))?;
    Ok(exit::OK)
}

/// Each alert once, by its name.
fn lines(pages: &[Plan], groups: &[Group]) -> Vec<Line> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let mut lines: Vec<Line> = rules
        .filter_map(|rule| {
            let alerting = rule.alerting()?;
            let severity = alerting.labels.iter().find(|(name, _)| &**name == "severity");
            let answers = pages
                .iter()
                .filter(|page| page.alerts.iter().any(|alert| **alert == *rule.name));
            Some(Line {
                alert: rule.name.to_string(),
                severity: severity
                    .and_then(|(_, text)| text.constant())
                    .unwrap_or_default()
                    .to_owned(),
                pages: answers.map(|page| page.id.clone()).collect(),
            })
        })
        .collect();
    lines.sort_by(|one, other| one.alert.cmp(&other.alert));
    lines.dedup_by(|one, other| one.alert == other.alert);
    lines
}

fn object(lines: &[Line]) -> Value {
    let alerts = lines
        .iter()
        .map(|line| json!({ "alert": line.alert, "severity": line.severity, "pages": line.pages }));
    let covered = lines.iter().filter(|line| !line.pages.is_empty()).count();
    json!({ "alerts": alerts.collect::<Vec<_>>(), "covered": covered, "all": lines.len() })
}

fn words(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let pages = match line.pages.as_slice() {
            [] => "—".to_owned(),
            pages => pages.join(", "),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<28} {:<9} {pages}", line.alert, line.severity);
    }
    let covered = lines.iter().filter(|line| !line.pages.is_empty()).count();
    let all = lines.len();
    text + &format!("{all} 条告警中 {covered} 条有手册 · {covered} of {all} alerts have a runbook")
}
