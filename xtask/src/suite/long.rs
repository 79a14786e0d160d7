//! What the long tests did, from the JSON lines that they append to the file named by `BACKSTOP_LONG_REPORT`:
//! `{"test","requested","executed","failures","seed"}`. A test that did fewer rounds than it was asked for has
//! not passed, however few of them failed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::suite::Plan;
use crate::workspace::Workspace;

#[derive(Deserialize, Serialize)]
struct Line {
    test: String,
    requested: u64,
    executed: u64,
    failures: u64,
    seed: u64,
}

#[derive(Serialize)]
struct Report {
    commit: String,
    seed: u64,
    requested: u64,
    executed: u64,
    failures: u64,
    tests: Vec<Line>,
}

/// The file that tests append to.
pub(crate) fn file(workspace: &Workspace) -> PathBuf {
    workspace.target("long-tests.jsonl")
}

/// Forgets the last run's, so that a report is never about another run.
pub(crate) fn clear(workspace: &Workspace) -> Result<()> {
    for old in [file(workspace), workspace.target("long-report.json")] {
        if old.exists() {
            fs::remove_file(&old).with_context(|| format!("failed to remove {}", old.display()))?;
        }
    }
    Ok(())
}

/// Writes target/long-report.json; fails when a test failed, did too little, or none reported.
pub(crate) fn report(plan: &Plan<'_>) -> Result<()> {
    let text = fs::read_to_string(file(plan.workspace)).context("no long test reported")?;
    let report = summarise(plan.workspace.commit()?, plan.seed, &text)?;
    let path = plan.workspace.target("long-report.json");
    fs::write(&path, serde_json::to_vec_pretty(&report)?).context("failed to write the long report")?;
    eprintln!("wrote {}", path.display());
    judge(&report)
}

fn summarise(commit: String, seed: u64, text: &str) -> Result<Report> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let tests: Vec<Line> = lines
        .map(|line| {
            serde_json::from_str(line)
                .with_context(|| format!("failed to read the long report's line `{line}`"))
        })
        .collect::<Result<_>>()?;
    let sum = |of: fn(&Line) -> u64| tests.iter().map(of).sum();
    Ok(Report {
        commit,
        seed,
        requested: sum(|line| line.requested),
        executed: sum(|line| line.executed),
        failures: sum(|line| line.failures),
        tests,
    })
}

fn judge(report: &Report) -> Result<()> {
    // Test by test: one that did too much must not make up for one that did too little.
    let bad = report
        .tests
        .iter()
        .filter(|line| line.failures > 0 || line.executed < line.requested);
    let bad: Vec<String> = bad
        .map(|line| {
            format!(
                "{}: {} of {} rounds, {} failed",
                line.test, line.executed, line.requested, line.failures
            )
        })
        .collect();
    if report.requested == 0 {
        bail!("no long test asked for a single round");
    }
    if !bad.is_empty() {
        bail!("long tests:\n  {}", bad.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<()> {
        judge(&summarise("abc".to_owned(), 7, text).unwrap())
    }

    #[test]
    fn rounds_all_done_without_failure_pass() {
        judged(r#"{"test":"kills","requested":200,"executed":200,"failures":0,"seed":7}"#).unwrap();
    }

    #[test]
    fn fewer_rounds_than_asked_for_fail_even_when_another_test_did_more() {
        let text = "{\"test\":\"kills\",\"requested\":200,\"executed\":199,\"failures\":0,\"seed\":7}\n\
                    {\"test\":\"draws\",\"requested\":50,\"executed\":60,\"failures\":0,\"seed\":7}\n";
        let error = judged(text).unwrap_err().to_string();
        assert_eq!(error, "long tests:\n  kills: 199 of 200 rounds, 0 failed");
    }

    #[test]
    fn a_failed_round_fails() {
        assert!(judged(r#"{"test":"kills","requested":2,"executed":2,"failures":1,"seed":7}"#).is_err());
    }

    #[test]
    fn a_report_about_nothing_fails() {
        assert_eq!(
            judged("").unwrap_err().to_string(),
            "no long test asked for a single round"
        );
    }
}
