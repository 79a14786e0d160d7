//! `backstop watch rules test`

use std::io::Write as _;
use std::path::PathBuf;

use base::exit;
use serde_json::json;

/// Runs unit tests in promtool's format.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The files are those of `promtool test rules` of Prometheus 2.42, and so are the answers.

Exit codes: 0 all is as expected · 1 something is not, and named · 2 wrong usage

Example:
  backstop watch rules test deploy/rules/tests/*.yml")]
pub struct Args {
    /// Test files.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs and prints.
///
/// # Errors
/// When standard output is gone.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let report = rules::unit::run(&args.files);
    let mut out = std::io::stdout().lock();
    if args.json {
        let files: Vec<_> = report
            .files
            .iter()
            .map(|file| {
                let failures: Vec<String> = file.failures.iter().map(ToString::to_string).collect();
                json!({ "file": file.file, "checked": file.checked, "failures": failures })
            })
            .collect();
        writeln!(out, "{}", json!({ "passed": report.passed(), "files": files }))?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(if report.passed() { exit::OK } else { exit::FAILED })
}
