//! Tries something and looks how it ended, for a bounded time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Each probe takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a program; the text says why it failed.
pub(super) fn run(argv: &[&str]) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("nothing to run")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(said(child, &status.to_string())),
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.to_string()),
        }
    }
    // It hangs; nothing more can be done if it cannot be killed.
    drop(child.kill());
    drop(child.wait());
    Err(format!("{program} did not end"))
}

/// The first line that it wrote, or how it ended.
fn said(child: std::process::Child, status: &str) -> String {
    let output = child.wait_with_output().map(|output| output.stderr);
    let text = String::from_utf8_lossy(&output.unwrap_or_default()).into_owned();
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.map_or_else(|| status.to_owned(), |line| line.trim().to_owned())
}

/// In a network of its own, which ends with it.
pub(super) fn in_own_network(script: &str) -> Result<(), String> {
    run(&["unshare", "--net", "--", "sh", "-ec", script])
}

/// In mounts of its own, which end with it.
pub(super) fn in_own_mounts(script: &str) -> Result<(), String> {
    run(&["unshare", "--mount", "--", "sh", "-ec", script])
}
