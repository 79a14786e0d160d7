//! Running a short program to its end.

use crate::ClusterError;
use std::process::{Command, Stdio};

/// Runs a command; its output only shows up in the error.
pub(crate) fn run(doing: &str, command: &mut Command) -> Result<(), ClusterError> {
    output(doing, command).map(drop)
}

/// Runs a command and gives what it printed.
pub(crate) fn output(doing: &str, command: &mut Command) -> Result<String, ClusterError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(ClusterError::io(doing))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(ClusterError::failed(doing, tail(&said)))
}

/// The last lines, where programs say why they failed.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // Ten lines hold an error with its detail and hint.
    lines
        .get(lines.len().saturating_sub(10)..)
        .unwrap_or_default()
        .join("\n")
}
