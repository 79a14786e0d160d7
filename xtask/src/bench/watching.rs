//! What watching costs: a round of rules, and memory and processor beside Prometheus with Alertmanager, over the same
//! targets and the same rule files.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::bench::Context;
use crate::bench::children::Running;
use crate::bench::outcome::{Outcome, Required};
use crate::process;

/// Milliseconds of a round of 200 rules over 5,000 series on one core, at most.
const ROUND_MS: f64 = 50.0;
/// Resident MB of `backstop serve`, at most.
const RESIDENT_MB: f64 = 40.0;
/// Of what Prometheus and Alertmanager take together, at most.
const MEMORY: f64 = 0.5;
const PROCESSOR: f64 = 1.0;

/// After a start everybody reads files and fills caches.
const SETTLE: Duration = Duration::from_secs(15);

pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let quick = context.quick;
    let judged =
        |name, unit, required, ours| Outcome::judged(name, unit, required, (ours, Vec::new()), quick);
    let rounds = rounds(context)?;
    let (mut resident, mut memory, mut processor, mut notes) = (vec![], vec![], vec![], vec![]);
    for _ in 0..context.repeats {
        let seen = beside(context)?;
        resident.push(seen.ours.0);
        memory.push(seen.ours.0 / seen.peers.0);
        processor.push(seen.ours.1 / seen.peers.1);
        notes.push(format!(
            "{:.1} MB and {:.2} s of processor against {:.1} MB and {:.2} s",
            seen.ours.0, seen.ours.1, seen.peers.0, seen.peers.1
        ));
    }
    Ok(vec![
        judged("watch-round", "ms", Required::AtMost(ROUND_MS), rounds)
            .note("200 rules over 5,000 series, median of 40 rounds"),
        judged("watch-resident", "MB", Required::AtMost(RESIDENT_MB), resident)
            .note("`backstop serve` that watches three targets by the shipped rules"),
        judged("watch-memory", "of the peers'", Required::AtMost(MEMORY), memory)
            .note("Prometheus and Alertmanager over the same targets and rules")
            .note(notes.join("; ")),
        judged(
            "watch-processor",
            "of the peers'",
            Required::AtMost(PROCESSOR),
            processor,
        ),
    ])
}

fn rounds(context: &Context<'_>) -> Result<Vec<f64>> {
    let mut build = context
        .workspace
        .cargo(&["build", "--release", "-p", "rules", "--example", "speed"]);
    process::run(&mut build)?;
    let round = |_| {
        let printed = process::capture(&mut Command::new(context.binary("examples/speed")))?;
        let measured: Value = serde_json::from_str(&printed).context("speed printed no JSON")?;
        measured["median_ms"].as_f64().context("speed gave no median_ms")
    };
    (0..context.repeats).map(round).collect()
}

/// Resident MB, and seconds of processor.
type Cost = (f64, f64);

struct Seen {
    ours: Cost,
    peers: Cost,
}

/// All of them at once, so that targets and machine are the same.
fn beside(context: &Context<'_>) -> Result<Seen> {
    let folder = context.folder("watching")?;
    let deploy = context.workspace.root().join("deploy");
    fs::write(
        folder.join("am.yml"),
        "route: {receiver: none}\nreceivers: [{name: none}]\n",
    )?;
    let exporter = peer(&folder, "prometheus-node-exporter", "/metrics", |at| {
        vec![format!("--web.listen-address={at}")]
    })?;
    let alertmanager = peer(&folder, "prometheus-alertmanager", "/-/ready", |at| {
        vec![
            "--config.file=am.yml".to_owned(),
            "--storage.path=am".to_owned(),
            "--cluster.listen-address=".to_owned(),
            format!("--web.listen-address={at}"),
        ]
    })?;
    let own = free_address()?;
    let targets = [
        exporter.address.to_string(),
        own.clone(),
        alertmanager.address.to_string(),
    ];
    let text = prometheus_config(&deploy, &targets, &targets[2]);
    fs::write(folder.join("prometheus.yml"), text)?;
    let prometheus = start(&folder, "prometheus", &own, "/-/ready", |at| {
        vec![
            "--config.file=prometheus.yml".to_owned(),
            "--storage.tsdb.path=tsdb".to_owned(),
            format!("--web.listen-address={at}"),
        ]
    })?;
    let ours = ours(context, &folder, &targets)?;
    thread::sleep(SETTLE);
    let before = [&ours, &prometheus, &alertmanager].map(Running::processor);
    thread::sleep(Duration::from_secs(u64::from(context.seconds()) * 6));
    let spent = |running: &Running, before: Result<f64>| -> Result<Cost> {
        Ok((running.resident()?.0, running.processor()? - before?))
    };
    let [at_ours, at_prometheus, at_alertmanager] = before;
    let cost = spent(&ours, at_ours)?;
    let (one, other) = (
        spent(&prometheus, at_prometheus)?,
        spent(&alertmanager, at_alertmanager)?,
    );
    for running in [ours, prometheus, alertmanager, exporter] {
        running.stop()?;
    }
    Ok(Seen {
        ours: cost,
        peers: (one.0 + other.0, one.1 + other.1),
    })
}

/// An address that was free a moment ago: these programs cannot say which one they took.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

fn peer(folder: &Path, program: &str, probe: &str, args: impl Fn(&str) -> Vec<String>) -> Result<Running> {
    start(folder, program, &free_address()?, probe, args)
}

/// The shell writes the address where a program of ours would, and becomes the program.
fn start(
    folder: &Path,
    program: &str,
    address: &str,
    probe: &str,
    args: impl Fn(&str) -> Vec<String>,
) -> Result<Running> {
    let ready = folder.join(format!("{program}.ready"));
    let mut command = Command::new("sh");
    command
        .args(["-c", "echo \"$1\" > \"$2\"; shift 2; exec \"$@\"", "sh", address])
        .arg(&ready)
        .arg(program)
        .args(args(address))
        .current_dir(folder);
    Running::start(&mut command, &ready, Some(probe))
}

fn prometheus_config(deploy: &Path, targets: &[String], alertmanager: &str) -> String {
    let jobs: Vec<String> = targets
        .iter()
        .enumerate()
        .map(|(number, target)| {
            format!("  - job_name: job-{number}\n    static_configs: [{{targets: ['{target}']}}]\n")
        })
        .collect();
    format!(
        "global: {{scrape_interval: 5s, evaluation_interval: 5s}}\nrule_files: ['{}/rules/*.yml']\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n\
         scrape_configs:\n{}",
        deploy.display(),
        jobs.concat()
    )
}

/// `backstop serve` by the shipped rules, which are those files.
fn ours(context: &Context<'_>, folder: &Path, targets: &[String]) -> Result<Running> {
    let backstop: PathBuf = context.binary("backstop");
    process::capture(Command::new(&backstop).args(["init", "etc"]).current_dir(folder))?;
    let jobs: Vec<String> = targets
        .iter()
        .enumerate()
        .map(|(number, target)| {
            format!("[[scrape]]\njob = \"job-{number}\"\ntargets = [\"{target}\"]\ninterval = \"5s\"\n")
        })
        .collect();
    let notify = "[notify.route]\nreceiver = \"none\"\n[[notify.receivers]]\nname = \"none\"\n";
    fs::write(folder.join("watch.toml"), jobs.concat() + notify)?;
    let ready = folder.join("backstop.ready");
    let mut command = Command::new(backstop);
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            "sqlite:control.db",
            "--keys",
            "etc",
        ])
        .args(["--watch", "watch.toml", "--samples", "samples", "--ready-file"])
        .arg(&ready)
        .current_dir(folder);
    Running::start(&mut command, &ready, Some("/readyz"))
}
