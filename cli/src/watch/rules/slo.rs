//! `backstop watch rules slo`

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use base::exit;

use crate::ended::stop;

/// Makes burn-rate rules of a file of service level objectives.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The rules are those of several windows and several burn rates, and keep quiet while too little happens to say
anything. --tests writes their unit tests, which fire each and keep it quiet.

Exit codes: 0 written · 1 failed · 2 the file is wrong, and what is wrong is named

Example:
  backstop watch rules slo deploy/slo.yml --out rules/slo.yml --tests rules/slo.test.yml")]
pub struct Args {
    /// The objectives.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the rules; standard output, if it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to write their unit tests.
    #[arg(long, value_name = "FILE", requires = "out")]
    tests: Option<PathBuf>,
}

/// Generates and writes.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let name = args.file.display().to_string();
    let text =
        fs::read_to_string(&args.file).map_err(|error| stop(exit::USAGE, format!("{name}: {error}")))?;
    let made =
        rules::slo::generate(&name, &text).map_err(|problems| stop(exit::USAGE, problems.to_string()))?;
    let write = |path: &PathBuf, text: &str| {
        fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    };
    match &args.out {
        Some(path) => write(path, &made.rules)?,
        None => std::io::stdout().lock().write_all(made.rules.as_bytes())?,
    }
    if let Some(path) = &args.tests {
        write(path, &made.tests)?;
    }
    Ok(exit::OK)
}
