//! `backstop intake install remove`

use base::exit;

use super::meant::MeantArgs;
use super::place::{Database, on};
use super::preview;
use crate::called;

/// Takes the triggers off a schema again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --yes it shows what would be run. The gate's own tables, its history and the evidence stay, so that installing
again finds the gate as it was; --purge drops them, too, and with them the record of this. Refused while intake is not
open, as that would open it. Dropping a trigger locks its table against readers as well, for a moment.

Exit codes: 0 removed · 1 failed, nothing changed · 2 wrong usage · 5 nothing answers · 6 refused, nothing changed ·
7 the outcome is unknown: look with `check`

Example:
  backstop intake install remove --direct postgres://dba@db.bank.example/core --schema lending \\
    --reason 'the system is retired' --actor ann --yes")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    /// The schema.
    #[arg(long, value_name = "NAME")]
    schema: String,
    /// Drop the gate's own schema as well, with its history and its evidence.
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    meant: MeantArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Removes and prints.
///
/// # Errors
/// When nothing answers, or it refuses; then nothing changed.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    if !args.meant.yes {
        let plan = on(&args.database, async |db| {
            adopt::preview_removal(db, &args.schema).await
        })
        .await?;
        preview::show(args.json, plan)?;
        return Ok(exit::OK);
    }
    let order = args.meant.order();
    let removed = on(&args.database, async |db| {
        adopt::remove(db, &args.schema, args.purge, &order).await
    })
    .await?;
    called::print(args.json, &removed, || {
        let kept = match removed.purged {
            true => "the gate's schema is gone / 闸门模式已删除",
            false => "history and evidence are kept / 历史与证据保留",
        };
        format!("{} triggers dropped; {kept}", removed.dropped)
    })?;
    Ok(exit::OK)
}
