//! What a cold release build costs: the last `xtask dist --cold`, which takes as long as all benches together.

use std::fs;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::bench::Context;
use crate::bench::outcome::{Outcome, Required};

/// Seconds on two cores, at most.
const SECONDS: f64 = 600.0;

/// What `dist` wrote.
#[derive(Deserialize)]
struct Built {
    commit: String,
    seconds: f64,
    cold: bool,
    cores: u32,
}

/// Judges the last build, if it was cold and of what is checked out.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let file = context.workspace.target("dist/build.json");
    let text = fs::read(&file).context("no build was timed: run `cargo xtask dist --cold`")?;
    let built: Built = serde_json::from_slice(&text).context("failed to read build.json")?;
    let outcome = judge(&built, &context.workspace.commit()?, context.quick)?;
    let note = format!(
        "on {} cores; timings in target/dist/build-timings.html",
        built.cores
    );
    Ok(vec![outcome.note(note)])
}

fn judge(built: &Built, commit: &str, quick: bool) -> Result<Outcome> {
    if !built.cold || built.commit != commit {
        bail!(
            "the last build was {} of {}: run `cargo xtask dist --cold`",
            if built.cold { "cold, but" } else { "a warm one" },
            built.commit
        );
    }
    let seconds = (vec![built.seconds], Vec::new());
    Ok(Outcome::judged(
        "cold-build",
        "s",
        Required::AtMost(SECONDS),
        seconds,
        quick,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::outcome::Verdict;

    #[test]
    fn a_warm_build_or_one_of_another_commit_says_nothing_and_a_slow_one_misses() {
        let built = |cold, commit: &str, seconds| Built {
            commit: commit.to_owned(),
            seconds,
            cold,
            cores: 2,
        };
        assert!(judge(&built(false, "a", 1.0), "a", false).is_err());
        assert!(judge(&built(true, "b", 1.0), "a", false).is_err());
        let slow = judge(&built(true, "a", 600.1), "a", false).unwrap();
        assert!(matches!(slow.verdict, Verdict::Missed));
        let good = judge(&built(true, "a", 599.9), "a", false).unwrap();
        assert!(matches!(good.verdict, Verdict::Reached));
    }
}
