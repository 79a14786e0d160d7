//! Runs the tests: by cargo-nextest when it is installed, for its timeouts and its process per test, otherwise
//! by `cargo test`. Building nextest from source would cost a fresh machine more than it gives.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::suite::{Plan, binaries, long, skips};
use crate::workspace::Workspace;

/// `cargo test` has no timeout of its own. The short run takes minutes; the long one takes hours, and is not
/// run where nobody looks.
const LIMIT: Duration = Duration::from_secs(30 * 60);
const LIMIT_LONG: Duration = Duration::from_secs(8 * 3600);

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

/// Runs every test, or those that the filter names.
pub(crate) fn tests(plan: &Plan<'_>) -> Result<Tally> {
    for old in [junit(plan.workspace), output(plan.workspace)] {
        drop(fs::remove_file(old));
    }
    if plan.long {
        eprintln!("seed {}", plan.seed);
    }
    let nextest = process::capture(&mut plan.workspace.cargo(&["nextest", "--version"]));
    if nextest.is_ok() {
        with_nextest(plan)
    } else {
        with_cargo_test(plan)
    }
}

/// Compiles and runs the examples in doc comments, which nextest leaves out.
pub(crate) fn doc_examples(plan: &Plan<'_>) -> Result<()> {
    process::run(prepared(plan, &["test", "--quiet", "--workspace", "--doc"]).stdout(Stdio::null()))
}

/// What the tests of the last run wrote, passed ones included.
pub(crate) fn printed(workspace: &Workspace) -> String {
    let junit = fs::read_to_string(junit(workspace)).map(|xml| unescape(&xml));
    junit
        .or_else(|_| fs::read_to_string(output(workspace)))
        .unwrap_or_default()
}

fn with_nextest(plan: &Plan<'_>) -> Result<Tally> {
    let profile = if plan.long { "long" } else { "xtask" };
    let mut command = prepared(plan, &["nextest", "run", "--workspace", "--profile", profile]);
    command.args(plan.only);
    let outcome = process::run(&mut command);
    // Without a report nothing ran: the build broke, or the filter matched nothing.
    let Ok(xml) = fs::read_to_string(junit(plan.workspace)) else {
        return outcome.and_then(|()| bail!("nextest wrote no report"));
    };
    let tally = of_junit(&xml)?;
    if tally.failed == 0 {
        outcome.map(|()| tally)
    } else {
        Ok(tally)
    }
}

fn with_cargo_test(plan: &Plan<'_>) -> Result<Tally> {
    let targets = [
        "test",
        "--workspace",
        "--no-fail-fast",
        "--lib",
        "--bins",
        "--tests",
    ];
    let mut command = prepared(plan, &targets);
    // Output of passed tests too: that is where a skipped one says so.
    command.args(plan.only).args(["--", "--show-output"]);
    let (status, text) = tee(&mut command, if plan.long { LIMIT_LONG } else { LIMIT })?;
    fs::write(output(plan.workspace), &text).context("failed to keep the tests' output")?;
    let tally = of_cargo_test(&text);
    if tally.failed == 0 && !status {
        bail!("cargo test failed outside of any test");
    }
    Ok(tally)
}

fn prepared(plan: &Plan<'_>, arguments: &[&str]) -> Command {
    let mut command = plan.workspace.cargo(arguments);
    command.env("BACKSTOP_SKIPS", skips::file(plan.workspace));
    command.env("BACKSTOP_SEED", plan.seed.to_string());
    command.env("BACKSTOP_BIN_DIR", binaries::shipped(plan.workspace));
    command.env("BACKSTOP_CHAOS_BIN", binaries::with_failpoints(plan.workspace));
    if plan.long {
        command
            .env("BACKSTOP_LONG", "1")
            .env("BACKSTOP_LONG_REPORT", long::file(plan.workspace));
    }
    command
}

/// Runs a command, shows its output as it comes, and hands it back with whether the command succeeded.
fn tee(command: &mut Command, limit: Duration) -> Result<(bool, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start cargo test")?;
    let stdout = child.stdout.take().context("cargo test has no output")?;
    let reader = std::thread::spawn(move || {
        let mut kept = String::new();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            drop(writeln!(std::io::stdout(), "{line}"));
            kept.push_str(&line);
            kept.push('\n');
        }
        kept
    });
    let status = process::wait(&mut child, limit, "cargo test")?;
    let Ok(kept) = reader.join() else {
        bail!("failed to read cargo test's output")
    };
    Ok((status.success(), kept))
}

/// The sums at the head of nextest's report.
fn of_junit(xml: &str) -> Result<Tally> {
    let head = xml
        .split("<testsuites")
        .nth(1)
        .and_then(|rest| rest.split('>').next());
    let number = |name: &str| -> Result<usize> {
        let value = head.and_then(|head| head.split(&format!(" {name}=\"")).nth(1)?.split('"').next());
        value
            .and_then(|value| value.parse().ok())
            .with_context(|| format!("nextest's report has no `{name}`"))
    };
    let failed = number("failures")? + number("errors")?;
    Ok(Tally {
        passed: number("tests")?.saturating_sub(failed),
        failed,
    })
}

/// The sum of the `test result:` lines, one a test binary.
fn of_cargo_test(text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in text.lines().filter(|line| line.starts_with("test result: ")) {
        let count = |what: &str| {
            let before = line
                .split(what)
                .next()
                .and_then(|before| before.split_whitespace().last());
            before
                .and_then(|number| number.parse::<usize>().ok())
                .unwrap_or(0)
        };
        tally.passed += count(" passed");
        tally.failed += count(" failed");
    }
    tally
}

fn unescape(xml: &str) -> String {
    let plain = xml
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'");
    plain.replace("&amp;", "&")
}

fn junit(workspace: &Workspace) -> PathBuf {
    // The same file for both profiles; .config/nextest.toml names it.
    workspace.target("nextest/junit.xml")
}

fn output(workspace: &Workspace) -> PathBuf {
    workspace.target("tests-output.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_reports_are_counted() {
        let xml = "<?xml version=\"1.0\"?>\n<testsuites name=\"x\" tests=\"12\" failures=\"2\" errors=\"1\" uuid=\"u\">\n\
                   <testsuite tests=\"99\" failures=\"9\">";
        assert_eq!(of_junit(xml).unwrap(), Tally { passed: 9, failed: 3 });
        assert!(of_junit("<testsuites>").is_err());
    }

    #[test]
    fn cargo_test_reports_are_counted_over_all_binaries() {
        let text = "test a ... ok\ntest result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(of_cargo_test(text), Tally { passed: 6, failed: 2 });
    }

    #[test]
    fn a_skip_in_a_report_is_read_as_the_test_wrote_it() {
        assert_eq!(
            unescape("SKIPPED: a: &lt;none&gt; &amp;amp;"),
            "SKIPPED: a: <none> &amp;"
        );
    }
}
