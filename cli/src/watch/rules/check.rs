//! `backstop watch rules check`

use std::io::Write as _;
use std::path::PathBuf;

use base::exit;
use serde_json::json;

/// Reads rule files and names everything that is wrong with them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Expressions outside of the declared subset (docs/promql.md) are refused with file, line and column.

Exit codes: 0 all is well · 1 something is wrong, and named · 2 wrong usage

Example:
  backstop watch rules check --strict deploy/rules/*.yml")]
pub struct Args {
    /// Rule files; the shipped ones, if none is named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Each rule also has to name severity, class, owner and runbook, in Chinese and English.
    #[arg(long)]
    strict: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Checks and prints.
///
/// # Errors
/// When standard output is gone.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let read = match args.files.as_slice() {
        [] => rules::load(watch::shipped::RULES.iter().copied()),
        files => rules::load_paths(files),
    };
    let checked = read.and_then(|groups| {
        if args.strict {
            rules::conventions::check(&groups)?;
        }
        Ok(groups)
    });
    let mut out = std::io::stdout().lock();
    let (code, count, problems) = match &checked {
        Ok(groups) => (
            exit::OK,
            groups.iter().map(|group| group.rules.len()).sum(),
            Vec::new(),
        ),
        Err(problems) => (
            exit::FAILED,
            0,
            problems.0.iter().map(ToString::to_string).collect(),
        ),
    };
    if args.json {
        let problems: &Vec<String> = &problems;
        writeln!(
            out,
            "{}",
            json!({ "ok": code == exit::OK, "rules": count, "problems": problems })
        )?;
        return Ok(code);
    }
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    match code {
        exit::OK => writeln!(out, "{count} rules")?,
        _ => writeln!(out, "{} problems", problems.len())?,
    }
    Ok(code)
}
