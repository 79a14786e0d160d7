//! `backstop exit run`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::exit;
use base::shutdown::Shutdown;
use db::{Db, Options};
use saga::{Interrupt, Journal, New, Outcome, Ran, Runner, SagaError};
use serde_json::json;

use super::held::Held;
use super::output;
use super::place::{Database, Keys};
use crate::begin::{self, Exit};
use crate::plan::{self, Basis, Plan};
use crate::steps::{self, Work};
use crate::{clean, holds, keys, out, retention};
use base::ended::{because, stop};

/// Besides the lock of the folder, which a death gives back at once, the journal has a lease: whoever resumes after a
/// kill waits this long at most.
const LEASE: Duration = Duration::from_secs(3);

/// Carries out a plan that two people besides its planner approved.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --yes it says what it would do. It takes a maintenance window: nobody else may have either database open, so the
service is stopped first. Killed anywhere, the same command ends what was begun, with the same result.

Steps: the approval is taken; what law keeps is sealed into OUT/archive.sealed; answers and notices that name the
customers go, then their rows, each with a line in exit_rows; their keys are destroyed; both KEKs are rotated; both
databases are cleaned on disk; OUT/record.json says what was done.

The archive's key is written to --archive-key, a new file that must lie neither in OUT nor beside the KEK files: whoever
has both can read what law keeps, and whoever loses the key has destroyed it.

Exit codes: 0 done (or previewed) · 1 a step failed, run it again · 2 wrong usage · 4 nobody leaves under this plan ·
5 a database can't be reached · 6 refused, nothing changed

Example:
  backstop exit run --plan exit/plan.json --proposal pro_019f2c3d4e5f70008000000000000000 --rules retention.toml \\
    --holds holds.toml --database sqlite:financing.db --keys etc --key-store sqlite:keys/keys.db --archive-key /media/usb/exit.key \\
    --actor ada --yes")]
pub(super) struct Args {
    /// The plan.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The proposal that was approved.
    #[arg(long, value_name = "ID")]
    proposal: String,
    /// The retention rules that it was made under.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    #[command(flatten)]
    held: Held,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: Keys,
    /// Where the archive's key is, or is to be written.
    #[arg(long, value_name = "FILE")]
    archive_key: PathBuf,
    /// Who carries it out.
    #[arg(long, value_name = "NAME")]
    actor: String,
    /// It is meant.
    #[arg(long)]
    yes: bool,
    /// Print the record as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let folder = folder_of(&args.plan)?;
    let plan = Plan::read(&args.plan).map_err(|error| because(exit::USAGE, &error))?;
    let rules = retention::read(&args.rules).map_err(|error| because(exit::USAGE, &error))?;
    let digest = plan.digest()?;
    if rules.digest != plan.rules {
        return Err(stop(
            exit::REFUSED,
            "--rules is not the file that the plan was made under: plan again",
        ));
    }
    if plan.leaving.is_empty() {
        return Err(stop(exit::NOT_TOUCHED, "nobody leaves under this plan"));
    }
    if let Some(rule) = plan.blocked.first() {
        return Err(stop(
            exit::REFUSED,
            format!("nobody has verified the rule {rule}: what it covers is not purged"),
        ));
    }
    let place = args.keys.place();
    if keys::beside(&place, &args.archive_key)
        || args
            .archive_key
            .parent()
            .is_some_and(|parent| same(parent, &folder))
    {
        return Err(stop(
            exit::REFUSED,
            "--archive-key must lie neither in the exit's folder nor beside the KEK files",
        ));
    }
    let work = Work {
        exit: Exit {
            id: begin::id(&digest),
            digest: digest.clone(),
            proposal: args.proposal.clone(),
            actor: args.actor.clone(),
        },
        plan,
        rules,
        database: args.database.database.clone(),
        keys: place,
        out: folder.clone(),
        archive_key: args.archive_key.clone(),
        clock: Clock::system(),
    };
    if !args.yes {
        return preview(&work, args.json);
    }
    let Some(_held) = out::hold(&folder)? else {
        return Err(stop(exit::REFUSED, "somebody else carries this exit out now"));
    };
    let done = carried_out(&args, &work).await?;
    if args.json {
        output::json(&serde_json::from_slice::<serde_json::Value>(&std::fs::read(
            &done,
        )?)?)?;
    } else {
        output::line(format!("done / 已完成: {}", done.display()))?;
    }
    Ok(exit::OK)
}

/// The steps, in order; gives the record's path.
async fn carried_out(args: &Args, work: &Work) -> anyhow::Result<PathBuf> {
    let urls = [work.database.as_str(), work.keys.store.as_str()];
    clean::alone(urls)
        .await
        .map_err(|error| because(exit::REFUSED, &*error))?;
    let db = args.database.open().await?;
    let checked = unchanged(args, work, &db).await;
    db.close().await;
    checked?;
    let saga = steps::saga(&work.exit.digest)?;
    let journal = journal(&work.out).await?;
    let runner = Runner::new(
        Arc::new(Journal::new(journal.clone())),
        work.clock.clone(),
        &args.actor,
    )
    .lasting(LEASE);
    let context = json!({ "plan": work.exit.digest, "proposal": work.exit.proposal });
    let new = New {
        id: &work.exit.id,
        kind: "exit",
        context: &context,
        by: &args.actor,
    };
    runner.begin(new, &saga).await?;
    let interrupted = Shutdown::on_signals()?;
    let interrupt = Interrupt::default();
    let stopper = interrupt.clone();
    let signal = tokio::spawn(async move {
        interrupted.cancelled().await;
        output::told("stopping after this step: run the same command again to go on / 本步骤结束后暂停");
        stopper.pause();
    });
    let ran = loop {
        match runner.run(&work.exit.id, &saga, work, &interrupt).await {
            Err(SagaError::Store(saga::StoreError::Held { .. })) => tokio::time::sleep(LEASE / 10).await,
            ran => break ran,
        }
    };
    signal.abort();
    journal.close().await;
    match ran? {
        Ran::Ended(Outcome::Done) => Ok(work.out.join(out::RECORD)),
        // Nothing is on record before the approval is taken.
        Ran::Paused { step, reason } if step == steps::STEPS[0] => Err(stop(exit::REFUSED, reason)),
        Ran::Paused { step, reason } => Err(stop(
            exit::FAILED,
            format!("step {step}: {reason}; run the same command again"),
        )),
        Ran::Waits { question, .. } => Err(stop(
            exit::AMBIGUOUS,
            format!("step {}: its outcome is unknown", question.step),
        )),
        Ran::Ended(outcome) => Err(stop(exit::FAILED, format!("it ended as {}", outcome.as_str()))),
    }
}

/// Refuses what is not as it was planned, unless it was begun already.
async fn unchanged(args: &Args, work: &Work, db: &Db) -> anyhow::Result<()> {
    let begun = begin::find(db, &work.exit.id)
        .await
        .map_err(|error| because(exit::UNREACHABLE, &error))?;
    if begun.is_some() {
        return Ok(());
    }
    let holds = args.held.read()?;
    // A hold that came after the plan counts: it is asked for today, everything else as it was planned.
    let today = work.clock.now_micros();
    if let Some(held) = work
        .plan
        .leaving
        .iter()
        .find(|leaving| holds::held(&holds, &leaving.firm, today))
    {
        return Err(stop(
            exit::REFUSED,
            format!("{} is under a legal hold: plan again", held.firm),
        ));
    }
    let basis = Basis {
        scope: &work.plan.scope,
        planner: &work.plan.planner,
        rules: &work.rules,
        holds: &holds,
        most: work.plan.most,
        at: work.plan.made_at,
    };
    let still = plan::still(db, &work.plan, basis)
        .await
        .map_err(|error| because(exit::UNREACHABLE, &error))?;
    if !still {
        return Err(stop(
            exit::REFUSED,
            "the customers' data is not as it was planned: plan again, and have that approved",
        ));
    }
    Ok(())
}

async fn journal(folder: &Path) -> anyhow::Result<Db> {
    let url = format!("sqlite:{}", folder.join(out::JOURNAL).display());
    let db = Db::open(
        &url,
        Options {
            readers: 1,
            ..Options::default()
        },
    )
    .await?;
    db::migrate(&db, saga::MIGRATIONS).await?;
    Ok(db)
}

fn preview(work: &Work, json: bool) -> anyhow::Result<u8> {
    if json {
        output::json(
            &json!({ "exit": work.exit.id, "digest": work.exit.digest, "steps": steps::STEPS, "plan": work.plan }),
        )?;
        return Ok(exit::OK);
    }
    output::line(format!(
        "would purge {} customers, for good / 将不可恢复地清除 {} 户; digest / 摘要 {}",
        work.plan.leaving.len(),
        work.plan.leaving.len(),
        work.exit.digest
    ))?;
    for (at, step) in steps::STEPS.iter().enumerate() {
        output::line(format!("  {}. {step}", at + 1))?;
    }
    output::line("it is meant with / 确认执行请加: --yes")?;
    Ok(exit::OK)
}

fn folder_of(plan: &Path) -> anyhow::Result<PathBuf> {
    if plan.file_name().is_none_or(|name| name != out::PLAN) {
        return Err(stop(
            exit::USAGE,
            format!("--plan is the {} of an exit's folder", out::PLAN),
        ));
    }
    Ok(plan
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf))
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        std::fs::canonicalize(if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        })
        .ok()
    };
    real(one).is_some() && real(one) == real(other)
}
