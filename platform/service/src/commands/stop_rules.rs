//! `--stop-rules FILE`: what closes intake by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::exit;
use lending::stop_rule::StopRule;
use serde::Deserialize;

use crate::cli::stop;

/// The longest file that is read: a rule is some ten lines.
const LONGEST: u64 = 64 * 1024;

/// Rules that close intake, and never reopen it.
#[derive(clap::Args)]
pub(crate) struct StopRulesArgs {
    /// File of rules that close intake by themselves (TOML, one `[[rule]]` each; docs/operating.md).
    #[arg(long, env = "FINANCING_STOP_RULES", value_name = "FILE")]
    stop_rules: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<StopRule>,
}

impl StopRulesArgs {
    /// The rules of the file; none without one.
    pub(crate) fn rules(&self) -> anyhow::Result<Vec<StopRule>> {
        self.stop_rules.as_deref().map_or_else(|| Ok(Vec::new()), read)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<StopRule>> {
    let wrong = |why: String| stop(exit::USAGE, format!("--stop-rules {}: {why}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| wrong(error.to_string()))?
        .len();
    if size > LONGEST {
        return Err(wrong(format!("more than {LONGEST} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    parse(&text).map_err(wrong)
}

fn parse(text: &str) -> Result<Vec<StopRule>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut names = BTreeSet::new();
    for rule in &file.rule {
        if let Some((field, takes)) = rule.fault() {
            return Err(format!("rule {:?}: {field}: {takes}", rule.name));
        }
        if !names.insert(&rule.name) {
            return Err(format!("two rules are called {:?}", rule.name));
        }
    }
    Ok(file.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[rule]]
name = "approved-scale"
scope = "everything"
when = "outstanding_above"
limit = 100_000_000_00

[[rule]]
name = "stop-loss-credit"
scope = "product=credit"
when = "overdue_above_ppm"
limit = 30_000
floor = 1_000_000_00
clause = "article 12"
pause_minutes = 120
at_most_a_day = 1
"#;

    #[test]
    fn rules_are_read_and_what_is_wrong_is_named() {
        let rules = parse(GOOD).unwrap();
        assert_eq!(
            (rules.len(), rules[0].at_most_a_day, rules[1].pause_minutes),
            (2, 3, 120)
        );
        assert_eq!(rules[0].limit, 10_000_000_000);
        for (from, to, names) in [
            ("outstanding_above", "profit_below", "profit_below"),
            ("everything", "galaxy", "not a part"),
            ("limit = 30_000", "limit = -1", "limit"),
            ("stop-loss-credit", "approved-scale", "two rules"),
            ("floor", "flour", "flour"),
        ] {
            let error = parse(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
    }
}
