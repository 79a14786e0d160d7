//! Tests that could not run say so in the file named by `BACKSTOP_SKIPS`, one line each: `<test>: <why>`.
//! A test that prints `SKIPPED: <test>: <why>` instead is found in the harness's output.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::suite::runner;
use crate::workspace::Workspace;

const MARK: &str = "SKIPPED: ";

/// The file that tests append to.
pub(crate) fn file(workspace: &Workspace) -> PathBuf {
    workspace.target("skipped-tests.txt")
}

/// Forgets the last run's.
pub(crate) fn clear(workspace: &Workspace) -> Result<()> {
    fs::write(file(workspace), "").context("failed to empty the list of skipped tests")
}

/// Every skipped test with its reason, from the file and from what the tests printed.
pub(crate) fn read(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let appended = match fs::read_to_string(file(workspace)) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        other => other.context("failed to read the list of skipped tests")?,
    };
    Ok(collect(&appended, &runner::printed(workspace)))
}

fn collect(appended: &str, printed: &str) -> BTreeSet<String> {
    let of_file = appended
        .lines()
        .map(|line| line.strip_prefix(MARK).unwrap_or(line));
    let of_output = printed
        .lines()
        .filter_map(|line| line.split_once(MARK))
        .map(|(_, skip)| skip);
    of_file
        .chain(of_output)
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// What the end of the run says of them.
pub(crate) fn list(skipped: &BTreeSet<String>) -> String {
    if skipped.is_empty() {
        return "no test was skipped".to_owned();
    }
    let lines: Vec<String> = skipped.iter().map(|skip| format!("{MARK}{skip}")).collect();
    format!("{} skipped:\n{}", skipped.len(), lines.join("\n"))
}

/// In continuous integration nobody reads a list: a skip fails.
pub(crate) fn refuse(skipped: &BTreeSet<String>) -> Result<()> {
    if !skipped.is_empty() {
        bail!("CI is set, and {}", list(skipped));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_found_wherever_the_test_said_it_and_counted_once() {
        let appended = "closes_on_postgres: no initdb\n\n";
        let printed =
            "running\n    SKIPPED: closes_on_postgres: no initdb\nSKIPPED: syncs_first: no strace\n";
        let skipped = collect(appended, printed);
        assert_eq!(
            list(&skipped),
            "2 skipped:\nSKIPPED: closes_on_postgres: no initdb\nSKIPPED: syncs_first: no strace"
        );
        refuse(&skipped).unwrap_err();
    }

    #[test]
    fn a_run_without_skips_says_so() {
        let none = collect("", "all went well\n");
        assert_eq!(list(&none), "no test was skipped");
        refuse(&none).unwrap();
    }
}
