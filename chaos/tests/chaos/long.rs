//! Whether the long variant was asked for, how much of it was done, and what was skipped.

use std::fs::OpenOptions;
use std::io::Write as _;

use base::config::{Env as _, ProcessEnv};

/// So many rounds, or ten by default.
pub(crate) fn rounds(most: u64) -> u64 {
    let long = ProcessEnv.get("BACKSTOP_LONG").is_some_and(|value| value == "1");
    if long { most } else { most.min(10) }
}

/// Says how many rounds a test did and how many of them failed.
pub(crate) fn report(test: &str, requested: u64, executed: u64, failures: u64, seed: u64) {
    let line = serde_json::json!({
        "test": test, "requested": requested, "executed": executed, "failures": failures, "seed": seed,
    });
    println!("{line}");
    append("BACKSTOP_LONG_REPORT", &line.to_string());
}

/// Says that a test was skipped, on its output and in the file of skips.
pub(crate) fn skip(test: &str, why: &str) {
    println!("SKIPPED: {test}: {why}");
    append("BACKSTOP_SKIPS", &format!("{test}: {why}"));
}

fn append(variable: &str, line: &str) {
    let Some(path) = ProcessEnv.get(variable) else {
        return;
    };
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
