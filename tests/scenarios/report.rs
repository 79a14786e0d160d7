//! What a test could not do, and how much of a long one it did.

use std::fs::OpenOptions;
use std::io::Write;

use base::config::{Env, ProcessEnv};
use serde_json::json;

/// Says that a test was skipped, on its output and in the file of skips.
pub(crate) fn skip(test: &str, why: &str) {
    println!("SKIPPED: {test}: {why}");
    append("BACKSTOP_SKIPS", &format!("{test}: {why}"));
}

/// Whether the long variant was asked for.
pub(crate) fn is_long() -> bool {
    ProcessEnv.get("BACKSTOP_LONG").is_some_and(|value| value == "1")
}

/// Says how many rounds a test did and how many of them failed.
pub(crate) fn rounds(test: &str, requested: u64, executed: u64, failures: u64, seed: u64) {
    let line = json!({
        "test": test, "requested": requested, "executed": executed, "failures": failures, "seed": seed,
    });
    println!("{line}");
    append("BACKSTOP_LONG_REPORT", &line.to_string());
}

/// Appends a line to the file that a variable names, if it is set. One write:
/// several tests append at once.
fn append(variable: &str, line: &str) {
    let Some(path) = ProcessEnv.get(variable) else {
        return;
    };
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
