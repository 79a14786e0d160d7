//! What both forms of the report are made of.

use anyhow::Context as _;
use laws::verdict::{Ruling, Verdict};
use serde::Serialize;

use super::super::args::Args;
use super::super::course::Phase;
use super::super::failure::Failure;
use super::super::figures::Figures;
use super::super::timeline::Timeline;
use super::page;

/// A rehearsal's result.
#[derive(Debug, Serialize)]
pub(in crate::rehearse) struct Report {
    /// `held` if every phase was played, and every law that must be touched was touched and held.
    pub(super) verdict: Verdict,
    /// What did not come to its end, the first first.
    pub(super) failures: Vec<Failure>,
    pub(super) laws: Vec<Ruling>,
    pub(super) phases: Vec<Phase>,
    pub(super) figures: Figures,
    pub(super) build: Build,
    pub(super) seed: u64,
    pub(super) store: &'static str,
    /// The command line.
    pub(super) command: String,
}

/// Which build was rehearsed.
#[derive(Debug, Serialize)]
pub(super) struct Build {
    pub(super) version: &'static str,
    /// Set by whoever builds with `BACKSTOP_COMMIT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<&'static str>,
}

impl Report {
    /// Gathers it; `required` are the laws that decide.
    pub(in crate::rehearse) fn new(
        args: &Args,
        rulings: &[Ruling],
        required: &[u8],
        phases: Vec<Phase>,
        figures: Figures,
        failures: Vec<Failure>,
    ) -> Self {
        let command: Vec<String> = std::env::args_os()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        Self {
            verdict: overall(rulings, required, &failures),
            failures,
            laws: rulings.to_vec(),
            phases,
            figures,
            build: Build {
                version: env!("CARGO_PKG_VERSION"),
                commit: option_env!("BACKSTOP_COMMIT"),
            },
            seed: args.seed,
            store: args.store.as_str(),
            command: command.join(" "),
        }
    }

    /// For machines.
    pub(in crate::rehearse) fn json(&self) -> anyhow::Result<String> {
        let mut text = serde_json::to_string_pretty(self).context("failed to write the report")?;
        text.push('\n');
        Ok(text)
    }

    /// For people.
    pub(in crate::rehearse) fn html(&self, timeline: &Timeline) -> anyhow::Result<String> {
        page::page(self, timeline)
    }
}

/// A rehearsal that did not come to its end shows too little, whatever held so far.
pub(in crate::rehearse) fn overall(rulings: &[Ruling], required: &[u8], failures: &[Failure]) -> Verdict {
    let untouched = |ruling: &Ruling| required.contains(&ruling.law) && ruling.verdict == Verdict::NotTouched;
    if rulings.iter().any(|ruling| ruling.verdict == Verdict::Broken) {
        Verdict::Broken
    } else if !failures.is_empty() || rulings.iter().any(untouched) {
        Verdict::NotTouched
    } else {
        Verdict::Held
    }
}
