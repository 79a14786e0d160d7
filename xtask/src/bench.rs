//! `xtask bench`: ours and a peer's, interleaved within one run, as ratios.
//!
//! `outcome` judges and prints one comparison; `children` starts and ends what is measured; `load` is the load
//! client; `http` asks whether a service is ready. Every other module is one bench.

mod applications_postgres;
mod applications_sqlite;
mod capture;
mod children;
mod cold_build;
mod end_of_day;
mod evidence_log;
mod existing_business;
mod failover;
mod gate_cost;
mod http;
mod load;
mod outcome;
mod postgres;
mod reads;
mod start;
mod vault;
mod watching;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::args::{BenchArgs, EXIT_FAILED};
use crate::bench::outcome::{Outcome, Verdict};
use crate::process;
use crate::workspace::Workspace;

/// What every bench is given.
struct Context<'a> {
    workspace: &'a Workspace,
    repeats: u32,
    /// Short runs on small data: the figures are then not judged.
    quick: bool,
}

/// A bench: its name and what runs it.
type Bench = (&'static str, fn(&Context<'_>) -> Result<Vec<Outcome>>);

const BENCHES: &[Bench] = &[
    ("applications-sqlite", applications_sqlite::run),
    ("applications-postgres", applications_postgres::run),
    ("reads", reads::run),
    ("start", start::run),
    ("end-of-day", end_of_day::run),
    ("gate-cost", gate_cost::run),
    ("existing-business", existing_business::run),
    ("vault", vault::run),
    ("evidence", evidence_log::run),
    ("watching", watching::run),
    ("failover", failover::run),
    ("cold-build", cold_build::run),
];

impl Context<'_> {
    /// An empty folder for one bench, on the disk that holds the target folder: what is measured writes there.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.workspace.target("bench").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("failed to empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
        Ok(folder)
    }

    fn binary(&self, name: &str) -> PathBuf {
        self.workspace.target("release").join(name)
    }

    /// Seconds that one repeat runs: long enough that a checkpoint and a commit group's worst case are in it.
    fn seconds(&self) -> u32 {
        if self.quick { 2 } else { 10 }
    }
}

/// Builds, runs the benches in turn, and writes target/bench/report.json. Fails when a required ratio is
/// missed, and when one could not be measured: that is no pass.
pub(crate) fn run(workspace: &Workspace, args: &BenchArgs) -> Result<ExitCode> {
    let chosen = |bench: &&Bench| {
        args.only
            .as_ref()
            .is_none_or(|only| bench.0.contains(only.as_str()))
    };
    let benches: Vec<&Bench> = BENCHES.iter().filter(chosen).collect();
    if benches.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|bench| bench.0).collect();
        bail!("no bench has such a name; there are {}", names.join(", "));
    }
    // In two builds: the peers must not change the features that the product is built with.
    process::run(&mut crate::dist::release_build(workspace))?;
    process::run(&mut workspace.cargo(&["build", "--release", "-p", "peers"]))?;

    let context = Context {
        workspace,
        repeats: args.repeats,
        quick: args.quick,
    };
    let mut outcomes = Vec::new();
    for (name, bench) in benches {
        eprintln!("\n== {name}");
        let found =
            bench(&context).unwrap_or_else(|error| vec![Outcome::not_measured(name, &format!("{error:#}"))]);
        for outcome in &found {
            println!("{outcome}");
        }
        outcomes.extend(found);
    }
    let path = workspace.target("bench/report.json");
    outcome::write(&path, workspace, args.quick, &outcomes)?;
    println!("wrote {}", path.display());
    let bad = |outcome: &&Outcome| matches!(outcome.verdict, Verdict::Missed | Verdict::NotMeasured(_));
    let failed = outcomes.iter().filter(bad).count();
    let (good, of) = (outcomes.len() - failed, outcomes.len());
    if args.quick {
        println!("{good} of {of} ran; --quick shows that the benches run, and judges nothing");
    } else {
        println!("{good} of {of} reached");
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FAILED)
    })
}
