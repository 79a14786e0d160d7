//! `backstop exit status`

use std::path::PathBuf;

use base::exit;
use serde_json::json;

use super::output;
use super::place::Database;
use crate::begin;
use crate::out;
use crate::plan::Plan;
use base::ended::because;

/// Says how far an exit is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 it has ended · 1 it was begun and has not ended: run it again · 2 wrong usage · 4 it was not begun ·
5 the database can't be reached

Example:
  backstop exit status --plan exit/plan.json --database sqlite:financing.db")]
pub(super) struct Args {
    /// The plan.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    #[command(flatten)]
    database: Database,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let plan = Plan::read(&args.plan).map_err(|error| because(exit::USAGE, &error))?;
    let digest = plan.digest()?;
    let db = args.database.open().await?;
    let id = begin::id(&digest);
    let found = begin::find(&db, &id).await;
    db.close().await;
    let found = found.map_err(|error| because(exit::UNREACHABLE, &error))?;
    let (word, code) = match &found {
        None => ("not begun / 未开始", exit::NOT_TOUCHED),
        Some(begun) if begun.finished_at.is_none() => ("begun, not ended / 进行中", exit::FAILED),
        Some(_) => ("ended / 已完成", exit::OK),
    };
    if args.json {
        let begun = found.map(|begun| {
            json!({
                "proposal": begun.proposal, "started_at": begun.started_at, "finished_at": begun.finished_at,
            })
        });
        output::json(&json!({ "exit": id, "digest": digest, "begun": begun }))?;
    } else {
        output::line(format!("{id}: {word}"))?;
        let record = args.plan.with_file_name(out::RECORD);
        if record.is_file() {
            output::line(format!("record / 记录: {}", record.display()))?;
        }
    }
    Ok(code)
}
