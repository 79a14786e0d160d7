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
    let commit = context.workspace.commit()?;
    if !built.cold || built.commit != commit {
        bail!(
            "the last build was {} of {}: run `cargo xtask dist --cold`",
            if built.cold { "cold, but" } else { "a warm one" },
            built.commit
        );
    }
    let outcome = Outcome::judged(
        "cold-build",
        "s",
        Required::AtMost(SECONDS),
        (vec![built.seconds], Vec::new()),
        context.quick,
    );
    let note = format!(
        "on {} cores; timings in target/dist/build-timings.html",
        built.cores
    );
    Ok(vec![outcome.note(note)])
}
