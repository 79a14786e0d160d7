//! Starting other programs, and never waiting for one for ever.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail};

use crate::environment;

/// How often a deadline is looked at: short against any deadline here, long against the cost of looking.
const POLL: Duration = Duration::from_millis(100);

/// Shows the command, runs it with this terminal, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    eprintln!("$ {shown}");
    let status = command
        .status()
        .with_context(|| format!("failed to start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// The command's standard output. Fails, with what it wrote to standard error, when the command fails.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .output()
        .with_context(|| format!("failed to start `{shown}`"))?;
    if !output.status.success() {
        bail!(
            "`{shown}` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Waits until the child ends; after `limit` ends it and everything it started, and fails.
pub(crate) fn wait(child: &mut Child, limit: Duration, what: &str) -> Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > limit {
            end_tree(child);
            bail!("{what} did not end within {} s", limit.as_secs());
        }
        thread::sleep(POLL);
    }
}

/// Asks a child to end (SIGTERM), and ends it when it has not done so within `grace`.
pub(crate) fn stop(child: &mut Child, grace: Duration) -> Result<ExitStatus> {
    signal("TERM", child.id());
    match wait(child, grace, "the child") {
        Ok(status) => Ok(status),
        Err(_) => Ok(child.wait()?),
    }
}

/// Where a program lies on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    environment::path()
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// First line that a program prints about its version, or why there is none.
pub(crate) fn version(program: &str) -> String {
    match Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
    {
        Ok(output) => String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()
            .unwrap_or("?")
            .to_owned(),
        Err(error) => format!("{program}: {error}"),
    }
}

fn show(command: &Command) -> String {
    // The program without its folder: a reader wants a line to copy.
    let program = Path::new(command.get_program()).file_name();
    let words = program.into_iter().chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Ends a child and its descendants by their ids, as the process table names them at this moment. Descendants
/// first would leave the parent time to start more, so the parent is stopped before the table is read.
fn end_tree(child: &mut Child) {
    signal("STOP", child.id());
    for process in descendants(child.id()) {
        signal("KILL", process);
    }
    drop(child.kill());
    drop(child.wait());
}

fn signal(name: &str, process: u32) {
    drop(
        Command::new("kill")
            .arg(format!("-{name}"))
            .arg(process.to_string())
            .stderr(Stdio::null())
            .status(),
    );
}

fn descendants(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(process) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        if let Some(parent) = fs::read_to_string(entry.path().join("stat"))
            .ok()
            .and_then(|stat| parent(&stat))
        {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(process) = open.pop() {
        let below = children.remove(&process).unwrap_or_default();
        open.extend(&below);
        found.extend(below);
    }
    found
}

/// The parent's id in a line of /proc/PID/stat. The program's name may hold blanks and brackets, so the fields
/// are counted from the last closing bracket.
fn parent(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_brackets_does_not_hide_the_parent() {
        assert_eq!(parent("77 (a) b (c) S 42 77 77 0 -1"), Some(42));
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_its_children() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 97 & wait"])
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(200));
        let below = descendants(child.id());
        assert_eq!(below.len(), 1, "the shell's sleep is its only child");
        let error = wait(&mut child, Duration::from_millis(200), "the sleeper").unwrap_err();
        assert_eq!(error.to_string(), "the sleeper did not end within 0 s");
        // A killed process is gone once the kernel has run it for the last time.
        let gone = || {
            let state = fs::read_to_string(format!("/proc/{}/stat", below[0])).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        let went = (0..100).any(|_| {
            thread::sleep(Duration::from_millis(20));
            gone()
        });
        assert!(went, "the sleeper outlived its parent");
    }

    #[test]
    fn a_failing_command_says_what_it_wrote() {
        let error = capture(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().ends_with("exit status: 3: broken"), "{error}");
    }
}
