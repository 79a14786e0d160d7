//! A PostgreSQL primary is killed under load: from the kill to the first write that its successor acknowledges to a
//! client that knows only the proxy's address.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::bench::Context;
use crate::bench::outcome::{Outcome, Required};

/// Milliseconds, at most, in each run.
const WITHIN: f64 = 3_000.0;
/// Runs: a tail of one in twenty is seen.
const RUNS: u32 = 20;

/// Of the drill's report.
#[derive(Deserialize)]
struct Report {
    verdict: String,
    rto_ms: Rto,
    writes: Writes,
    rpo: Rpo,
}

#[derive(Deserialize)]
struct Rto {
    total: f64,
}

#[derive(Deserialize)]
struct Writes {
    acknowledged: u64,
    ambiguous: u64,
}

#[derive(Deserialize)]
struct Rpo {
    lost: u64,
}

/// Twenty drills, or two in a quick run.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("failover")?;
    let mut reports = Vec::new();
    for _ in 0..if context.quick { 2 } else { RUNS } {
        let out = folder.join("report.json");
        let mut drill = Command::new(context.binary("backstop-chaos"));
        drill
            .args(["drill", "failover", "--yes", "--json", "--leases"])
            .arg(folder.join("leases"))
            .arg("--out")
            .arg(&out);
        let output = drill.output().context("failed to run backstop-chaos")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or_default().to_owned();
            bail!("a drill ended with {}: {last}", output.status);
        }
        let text = std::fs::read(&out).context("a drill left no report")?;
        reports.push(serde_json::from_slice(&text).context("failed to read a drill's report")?);
        std::fs::remove_file(&out).context("failed to remove a report")?;
    }
    Ok(vec![judge(&reports, context.quick)?])
}

/// A run that lost something is no measure of how fast it was.
fn judge(reports: &[Report], quick: bool) -> Result<Outcome> {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let lost = sum(|report| report.rpo.lost);
    if lost > 0 || reports.iter().any(|report| report.verdict != "held") {
        bail!("{lost} acknowledged writes were lost, or a drill did not hold");
    }
    let (acknowledged, ambiguous) = (
        sum(|report| report.writes.acknowledged),
        sum(|report| report.writes.ambiguous),
    );
    let mut totals: Vec<f64> = reports.iter().map(|report| report.rto_ms.total).collect();
    totals.sort_by(f64::total_cmp);
    let median = totals.get(totals.len() / 2).copied().unwrap_or_default();
    let note = format!(
        "median {median:.0} ms of {} runs; 0 of {acknowledged} acknowledged writes lost, {ambiguous} ambiguous",
        totals.len()
    );
    let outcome = Outcome::judged(
        "failover",
        "ms",
        Required::AtMost(WITHIN),
        (totals, Vec::new()),
        quick,
    );
    Ok(outcome.note(note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::outcome::Verdict;

    fn report(total: f64, lost: u64) -> Report {
        Report {
            verdict: if lost == 0 { "held" } else { "broken" }.to_owned(),
            rto_ms: Rto { total },
            writes: Writes {
                acknowledged: 100,
                ambiguous: 4,
            },
            rpo: Rpo { lost },
        }
    }

    #[test]
    fn one_slow_run_misses_and_one_lost_write_is_no_measure() {
        let missed = judge(&[report(400.0, 0), report(3_001.0, 0)], false).unwrap();
        assert!(matches!(missed.verdict, Verdict::Missed));
        let good = judge(&[report(400.0, 0), report(2_999.0, 0)], false).unwrap();
        assert!(matches!(good.verdict, Verdict::Reached));
        assert!(judge(&[report(400.0, 0), report(400.0, 1)], false).is_err());
    }
}
