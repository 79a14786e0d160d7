//! `backstop-chaos run`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use base::shutdown::Shutdown;
use lease::Folder;
use serde_json::{Value, json};

use crate::commands::output;
use crate::experiment::document::{Activity, Experiment};
use crate::experiment::journal::Status;
use crate::experiment::load;
use crate::experiment::runner::{self, Outcome, Plan};
use crate::experiment::strategy::{Hypothesis, Rollbacks};
use crate::experiment::vars::Vars;
use crate::span::span;
use base::ended::stop;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Providers: http, process, and native (stop_process, kill_process, restart_process, add_toxic, disable_proxy, end_fault, \
process_is_alive, tcp_connects). What a native action injects is leased: it ends with the experiment, after its time \
(`for`), or within 2 s of the death of this program. SIGINT and SIGTERM end the method, and rollbacks are played.

Exit codes: 0 the experiment completed and its hypothesis held · 1 an activity failed or a signal ended it · 2 it is not \
valid · 3 its hypothesis did not hold, before, during or after the method · 7 a rollback failed or a fault is not \
undone: look before trying again

Example:
  backstop-chaos run experiment.json --leases var/leases --journal journal.json
  backstop-chaos run experiment.yaml --hypothesis-strategy continuously --rollback-strategy always --var host=db1")]
pub(super) struct Args {
    /// The experiment: JSON, or YAML where the file's name ends so.
    #[arg(value_name = "FILE")]
    experiment: PathBuf,
    /// Folder of undo records; needed if the experiment injects anything by a native action.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    leases: Option<PathBuf>,
    /// Where the journal goes.
    #[arg(
        long,
        alias = "journal-path",
        value_name = "FILE",
        default_value = "journal.json"
    )]
    journal: PathBuf,
    /// When the hypothesis is tested.
    #[arg(long, value_enum, default_value = "default")]
    hypothesis_strategy: Hypothesis,
    /// When the experiment's rollbacks are played. Leased faults end in any case.
    #[arg(long, value_enum, default_value = "default")]
    rollback_strategy: Rollbacks,
    /// Between two tests of the hypothesis during the method.
    #[arg(long, alias = "hypothesis-frequency", value_name = "TIME", value_parser = span, default_value = "1s")]
    hypothesis_every: Duration,
    /// Ends the method when the hypothesis does not hold during it.
    #[arg(long)]
    fail_fast: bool,
    /// A value of the configuration; its type is str, int, float, bool or json.
    #[arg(long = "var", value_name = "NAME[:TYPE]=VALUE")]
    vars: Vec<String>,
    /// Checks the experiment and says what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Prints the journal.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let wrong = |error: crate::experiment::document::Invalid| stop(exit::USAGE, error.to_string());
    let experiment = load::load(&args.experiment).map_err(wrong)?;
    let vars = Vars::load(&experiment, &args.vars, &ProcessEnv).map_err(wrong)?;
    if args.dry_run {
        preview(&experiment, args.json)?;
        return Ok(exit::OK);
    }
    let folder = args.leases.as_deref().map(Folder::open).transpose()?;
    if folder.is_none() && runner::injects(&experiment) {
        let message = "the experiment injects faults, whose undo records need a folder: say --leases DIR";
        return Err(stop(exit::USAGE, message));
    }
    let plan = Plan {
        hypothesis: args.hypothesis_strategy,
        rollbacks: args.rollback_strategy,
        every: args.hypothesis_every,
        fail_fast: args.fail_fast,
    };
    let outcome = tokio::runtime::Runtime::new()?.block_on(async {
        let shutdown = Shutdown::on_signals().context("failed to listen for signals")?;
        anyhow::Ok(runner::run(&experiment, &plan, vars, Clock::system(), shutdown, folder).await)
    })?;
    write(&args.journal, &outcome.journal)
        .with_context(|| format!("failed to write {}", args.journal.display()))?;
    if args.json {
        output::json(&outcome.journal)?;
    } else {
        tell(&outcome)?;
    }
    Ok(code(&outcome))
}

fn code(outcome: &Outcome) -> u8 {
    if outcome.rollback_failed || !outcome.not_undone.is_empty() {
        exit::AMBIGUOUS
    } else if outcome.status != Status::Completed || !outcome.method_succeeded {
        exit::FAILED
    } else if !outcome.gate_met || outcome.deviated {
        exit::LAW_BROKEN
    } else {
        exit::OK
    }
}

fn tell(outcome: &Outcome) -> anyhow::Result<()> {
    let said = |flag: bool, text: &str| if flag { output::line(text) } else { Ok(()) };
    said(
        !outcome.gate_met,
        "the hypothesis did not hold before the method, which was not run",
    )?;
    said(!outcome.method_succeeded, "an activity of the method failed")?;
    said(
        outcome.deviated,
        "the hypothesis did not hold during or after the method",
    )?;
    said(outcome.rollback_failed, "A ROLLBACK FAILED")?;
    for why in &outcome.not_undone {
        output::line(format!("NOT UNDONE: {why}"))?;
    }
    let status = outcome.journal.get("status").and_then(Value::as_str);
    output::line(format!("experiment ended: {}", status.unwrap_or_default()))?;
    Ok(())
}

/// What would be done, without variables put in: some are secrets.
fn preview(experiment: &Experiment, as_json: bool) -> anyhow::Result<()> {
    let named = |list: &[Activity]| -> Vec<Value> {
        list.iter()
            .map(|activity| json!({ "name": activity.name, "type": activity.kind, "background": activity.background }))
            .collect()
    };
    let probes = experiment
        .hypothesis
        .as_ref()
        .map_or(&[][..], |hypothesis| &hypothesis.probes);
    let parts = [
        ("hypothesis", probes),
        ("method", &experiment.method),
        ("rollbacks", &experiment.rollbacks),
    ];
    if as_json {
        let plan: serde_json::Map<String, Value> = parts
            .iter()
            .map(|(part, list)| ((*part).to_owned(), Value::from(named(list))))
            .collect();
        return output::json(&json!({ "title": experiment.title, "would": plan }));
    }
    output::line(format!("would run: {}", experiment.title))?;
    for (part, list) in parts {
        for activity in list {
            let how = if activity.background {
                " in the background"
            } else {
                ""
            };
            output::line(format!("  {part}: {} {}{how}", activity.kind, activity.name))?;
        }
    }
    Ok(())
}

/// Whoever sees it sees all of it.
fn write(path: &Path, journal: &Value) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let mut file = std::fs::File::create(&draft)?;
    file.write_all(serde_json::to_string_pretty(journal)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}
