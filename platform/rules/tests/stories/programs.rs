//! Programs that these tests start.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) passed: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs promtool in a folder; says so if there is none, and is `None`.
pub(crate) fn promtool(test: &str, folder: &Path, arguments: &[&str]) -> Option<Ended> {
    let run = Command::new("promtool")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    match run {
        Err(error) => {
            skipped(test, &format!("promtool does not start: {error}"));
            None
        }
        Ok(output) => Some(Ended {
            passed: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

/// In the form that the test run collects.
pub(crate) fn skipped(test: &str, why: &str) {
    println!("SKIPPED: {test}: {why}");
}
