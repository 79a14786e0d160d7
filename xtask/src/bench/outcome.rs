//! One comparison: the raw repeats, the ratio, what was required, and the verdict.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::process;
use crate::workspace::Workspace;

/// What a bench found.
#[derive(Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    /// Every repeat, in the order it ran.
    pub(crate) ours: Vec<f64>,
    /// The peer's, run between ours; empty when the requirement is a bound and not a ratio.
    pub(crate) peer: Vec<f64>,
    /// The peer's name, version and configuration.
    pub(crate) peer_is: String,
    pub(crate) required: Required,
    /// The ratio of the medians, or our median where there is no peer.
    pub(crate) figure: Option<f64>,
    pub(crate) verdict: Verdict,
    /// What a reader needs in order to judge the figures.
    pub(crate) notes: Vec<String>,
}

/// What must be reached.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Required {
    /// Median of ours over median of the peer's, at least.
    Ratio(f64),
    /// Our median, at least.
    AtLeast(f64),
    /// Our worst repeat, at most.
    AtMost(f64),
}

/// Whether it was.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Reached,
    Missed,
    /// Nothing to compare with: never a pass.
    NotMeasured(String),
    /// A short run on small data.
    NotJudged,
}

impl Outcome {
    /// Judges the repeats; in a quick run only fills in the figure.
    pub(crate) fn judged(
        name: &str,
        unit: &'static str,
        required: Required,
        repeats: (Vec<f64>, Vec<f64>),
        quick: bool,
    ) -> Self {
        let (ours, peer) = repeats;
        let figure = match required {
            Required::Ratio(_) => median(&ours).zip(median(&peer)).map(|(ours, peer)| ours / peer),
            Required::AtLeast(_) => median(&ours),
            Required::AtMost(_) => ours.iter().copied().reduce(f64::max),
        };
        let verdict = match (figure, required) {
            (None, _) => Verdict::NotMeasured("a side has no repeat".to_owned()),
            (Some(_), _) if quick => Verdict::NotJudged,
            (Some(figure), Required::Ratio(bound) | Required::AtLeast(bound)) if figure >= bound => {
                Verdict::Reached
            }
            (Some(figure), Required::AtMost(bound)) if figure <= bound => Verdict::Reached,
            _ => Verdict::Missed,
        };
        let peer_is = String::new();
        Self {
            name: name.to_owned(),
            unit,
            ours,
            peer,
            peer_is,
            required,
            figure,
            verdict,
            notes: Vec::new(),
        }
    }

    /// A bench that could not run, and why.
    pub(crate) fn not_measured(name: &str, why: &str) -> Self {
        let mut outcome = Self::judged(name, "", Required::Ratio(1.0), (Vec::new(), Vec::new()), false);
        outcome.verdict = Verdict::NotMeasured(why.to_owned());
        outcome
    }

    pub(crate) fn peer_is(mut self, what: impl Into<String>) -> Self {
        self.peer_is = what.into();
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        if !self.ours.is_empty() {
            writeln!(f, "  ours   {} {}", list(&self.ours), self.unit)?;
        }
        if !self.peer.is_empty() {
            writeln!(f, "  peer   {} {}", list(&self.peer), self.unit)?;
        }
        if !self.peer_is.is_empty() {
            writeln!(f, "  peer is {}", self.peer_is)?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        let figure = self
            .figure
            .map_or_else(String::new, |figure| format!("{} ", rounded(figure)));
        let required = match self.required {
            Required::Ratio(bound) => format!("{figure}times the peer, at least {bound} required"),
            Required::AtLeast(bound) => format!("{figure}{}, at least {bound} required", self.unit),
            Required::AtMost(bound) => format!("{figure}{} at worst, at most {bound} required", self.unit),
        };
        match &self.verdict {
            Verdict::Reached => write!(f, "  reached: {required}"),
            Verdict::Missed => write!(f, "  MISSED: {required}"),
            Verdict::NotJudged => write!(f, "  not judged (quick): {required}"),
            Verdict::NotMeasured(why) => write!(f, "  not measured: {why}"),
        }
    }
}

/// Repeats that are told beside a judged figure, and how many times the peer's median theirs is.
pub(crate) fn beside(ours: &[f64], peer: &[f64]) -> String {
    let ratio = median(ours).zip(median(peer)).map(|(ours, peer)| ours / peer);
    let ratio = ratio.map_or_else(|| "?".to_owned(), rounded);
    format!("{}: {ratio} times the peer", list(ours))
}

/// Writes the report with what it was measured on.
pub(crate) fn write(path: &Path, workspace: &Workspace, quick: bool, outcomes: &[Outcome]) -> Result<()> {
    let first_line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .find(|line| line.starts_with(key))
            .unwrap_or("unknown")
            .to_owned()
    };
    let report = serde_json::json!({
        "commit": workspace.commit()?,
        "quick": quick,
        "machine": {
            "cores": std::thread::available_parallelism()?,
            "cpu": first_line("/proc/cpuinfo", "model name"),
            "memory": first_line("/proc/meminfo", "MemTotal"),
            "kernel": first_line("/proc/version", ""),
            "rustc": process::version("rustc"),
        },
        "benches": outcomes,
    });
    fs::write(path, serde_json::to_vec_pretty(&report)?).context("failed to write the bench report")
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(sorted[middle - 1], upper)
    })
}

fn list(values: &[f64]) -> String {
    values
        .iter()
        .map(|value| rounded(*value))
        .collect::<Vec<_>>()
        .join("  ")
}

/// Three significant figures: more would claim what three repeats cannot show.
fn rounded(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(required: Required, ours: &[f64], peer: &[f64]) -> Verdict {
        Outcome::judged("bench", "1/s", required, (ours.to_vec(), peer.to_vec()), false).verdict
    }

    #[test]
    fn a_ratio_is_that_of_the_medians() {
        assert_eq!(
            judge(Required::Ratio(1.5), &[10.0, 16.0, 15.0], &[10.0, 1.0, 99.0]),
            Verdict::Reached
        );
        assert_eq!(
            judge(Required::Ratio(1.5), &[10.0, 16.0, 14.0], &[10.0, 1.0, 99.0]),
            Verdict::Missed
        );
    }

    #[test]
    fn what_is_told_beside_has_its_own_ratio() {
        assert_eq!(
            beside(&[10.0, 16.0, 14.0], &[7.0, 1.0, 99.0]),
            "10.0  16.0  14.0: 2.00 times the peer"
        );
        assert_eq!(beside(&[], &[1.0]), ": ? times the peer");
    }

    #[test]
    fn an_upper_bound_holds_for_the_worst_repeat() {
        assert_eq!(
            judge(Required::AtMost(300.0), &[20.0, 300.0], &[]),
            Verdict::Reached
        );
        assert_eq!(
            judge(Required::AtMost(300.0), &[20.0, 301.0], &[]),
            Verdict::Missed
        );
    }

    #[test]
    fn a_missing_peer_is_not_a_pass() {
        assert!(matches!(
            judge(Required::Ratio(0.5), &[10.0], &[]),
            Verdict::NotMeasured(_)
        ));
    }

    #[test]
    fn a_quick_run_is_not_judged() {
        let outcome = Outcome::judged("bench", "1/s", Required::AtLeast(1.0), (vec![9.0], vec![]), true);
        assert_eq!(outcome.verdict, Verdict::NotJudged);
    }
}
