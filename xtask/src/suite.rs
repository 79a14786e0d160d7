//! `xtask test`: everything that must hold before a change is good.
//!
//! `needs` installs what the tests lack, `binaries` builds what scenarios start, `runner` runs the tests,
//! `skips` and `long` read what the tests left behind about themselves.

mod binaries;
mod idle;
mod long;
mod needs;
mod runner;
mod skips;

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::args::{EXIT_FAILED, TestArgs};
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{arrows, environment, features, licences, links, process, words};

/// What the runs of the tests are told and where they report.
struct Plan<'a> {
    workspace: &'a Workspace,
    only: Option<&'a str>,
    long: bool,
    seed: u64,
}

/// Runs the checks and the tests; the last line says how many passed and failed.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let plan = Plan {
        workspace,
        only: args.only.as_deref(),
        long: args.long,
        seed,
    };
    fs::create_dir_all(workspace.target("")).context("failed to make the target folder")?;
    skips::clear(workspace)?;
    long::clear(workspace)?;

    let mut steps = Steps::default();
    steps.run("needs", || needs::install(workspace));
    if args.only.is_none() {
        checks(workspace, &mut steps);
    }
    let tests = match steps.run("binaries", || binaries::build(workspace)) {
        Some(()) => tests(&plan, &mut steps),
        None => runner::Tally::default(),
    };
    let skipped = skips::read(workspace)?;
    if environment::is_ci() {
        steps.run("no test skipped", || skips::refuse(&skipped));
    }

    eprintln!("\ntimings:\n{}", steps.timings());
    println!("\n{}", skips::list(&skipped));
    let (checks_passed, checks_failed) = steps.tally();
    println!(
        "{} tests and {} checks ran:",
        tests.passed + tests.failed,
        checks_passed + checks_failed
    );
    let failed = tests.failed + checks_failed;
    println!("{} passed, {failed} failed", tests.passed + checks_passed);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FAILED)
    })
}

/// What is read off the source. Clippy comes last of these: it is the one that takes minutes.
fn checks(workspace: &Workspace, steps: &mut Steps) {
    steps.run("format", || {
        process::run(&mut workspace.cargo(&["fmt", "--all", "--check"]))
    });
    steps.run("arrows", || arrows::check(&workspace.metadata));
    steps.run("features", || features::check(&workspace.metadata));
    steps.run("licences", || licences::check(&workspace.metadata));
    steps.run("words", || words::check(workspace));
    steps.run("links", || links::check(workspace));
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    steps.run("clippy", || process::run(&mut workspace.cargo(&clippy)));
}

fn tests(plan: &Plan<'_>, steps: &mut Steps) -> runner::Tally {
    let mut tally = runner::Tally::default();
    steps.run("tests", || {
        tally = runner::tests(plan)?;
        // A filter that matches nothing, or a harness that finds nothing, must not look like success.
        if tally.passed + tally.failed == 0 {
            bail!("no test ran");
        }
        // Each failed test is counted by itself; the step fails only when the run itself did.
        Ok(())
    });
    if plan.only.is_none() {
        steps.run("examples in the documentation", || runner::doc_examples(plan));
    }
    if plan.long {
        steps.run("long report", || long::report(plan));
    }
    tally
}

/// A seed that differs from run to run, from the hasher's own random keys; kept below 2^53, so that every
/// reader of the JSON report sees the same number.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one("seed") >> 11
}
