//! `backstop watch rules slo`

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

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
    if let (Some(path), Some(out)) = (&args.tests, &args.out) {
        let named = between(path, out).display().to_string();
        write(path, &made.tests.replace(rules::slo::generate::RULES, &named))?;
    }
    Ok(exit::OK)
}

/// How the file of rules is named from the file of tests, as promtool reads it: from the folder where that is.
fn between(tests: &Path, rules: &Path) -> PathBuf {
    let folder = tests.parent().unwrap_or(Path::new(""));
    let shared = folder.components().zip(rules.components());
    let shared = shared.take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(rules.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_name_their_rules_from_where_they_are() {
        for (tests, rules, named) in [
            ("rules/slo.test.yml", "rules/slo.yml", "slo.yml"),
            (
                "deploy/rules/tests/slo.test.yml",
                "deploy/rules/slo.yml",
                "../slo.yml",
            ),
            ("slo.test.yml", "rules/slo.yml", "rules/slo.yml"),
            ("/a/b/t.yml", "/a/c/r.yml", "../c/r.yml"),
        ] {
            assert_eq!(between(Path::new(tests), Path::new(rules)), Path::new(named));
        }
    }
}
