//! `backstop intake install preview`

use adopt::plan::Plan;
use base::exit;
use serde::Serialize;

use super::place::{Database, Decisions, on};
use crate::called;

/// Shows the SQL that `apply` would run, and which tables it locks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It changes nothing. The script is what `apply` runs in one transaction; run by hand it does the same, but for the row
and the leaf that put it on record. What is in place already is not in it.

Exit codes: 0 shown · 2 wrong usage, or something is not decided · 5 nothing answers · 6 refused

Example:
  backstop intake install preview --direct postgres://dba@db.bank.example/core --description lending.toml")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    decisions: Decisions,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A plan, and its script.
#[derive(Serialize)]
pub(super) struct Shown {
    preview: bool,
    #[serde(flatten)]
    plan: Plan,
    script: String,
}

/// Plans and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let description = args.decisions.read()?;
    let plan = on(&args.database, async |db| adopt::preview(db, &description).await).await?;
    show(args.json, plan)?;
    Ok(exit::OK)
}

/// Prints a plan.
pub(super) fn show(json: bool, plan: Plan) -> anyhow::Result<()> {
    let shown = Shown {
        preview: true,
        script: plan.script(),
        plan,
    };
    called::print(json, &shown, || lines(&shown))
}

/// The script, with its summary as a comment, so that all of it can be run.
fn lines(shown: &Shown) -> String {
    if shown.plan.is_empty() {
        return "-- nothing to do: all is in place / 已全部就位，无需变更".to_owned();
    }
    let locks = match shown.plan.locks.is_empty() {
        true => "none".to_owned(),
        false => shown.plan.locks.join(", "),
    };
    format!(
        "-- triggers made: {}, dropped: {} / 新建与删除的触发器\n\
         -- tables locked for a moment / 短暂加锁的表: {locks}\n{}",
        shown.plan.made,
        shown.plan.dropped,
        shown.script.trim_end()
    )
}
