//! `backstop intake install apply`

use base::exit;

use super::meant::MeantArgs;
use super::place::{Database, Decisions, on};
use super::preview;
use crate::called;

/// Installs what a description asks for, in one transaction; again, it changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --yes it shows what `preview` shows. It locks the guarded tables last and all at once; where somebody holds
one, whoever writes them waits for --lock-wait at most, then goes on, and it tries again, five times in all. What was
done is on record in the database, with the description and a leaf of evidence. While intake is shut no guard is taken
away. Every role is granted USAGE on the schema backstop and SELECT on what the guard reads of the gate; who may write
to it is whoever owns it, which is who ran this.

Exit codes: 0 in place · 1 failed, nothing changed · 2 wrong usage, or something is not decided · 5 nothing answers ·
6 refused, nothing changed · 7 the outcome is unknown: look with `check`

Example:
  backstop intake install apply --direct postgres://dba@db.bank.example/core --description lending.toml \\
    --reason 'approved by the change board' --actor ann --yes")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    decisions: Decisions,
    #[command(flatten)]
    meant: MeantArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Installs and prints.
///
/// # Errors
/// When nothing answers, or it refuses; then nothing changed.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let description = args.decisions.read()?;
    if !args.meant.yes {
        let plan = on(&args.database, async |db| adopt::preview(db, &description).await).await?;
        preview::show(args.json, plan)?;
        return Ok(exit::OK);
    }
    let order = args.meant.order();
    let applied = on(&args.database, async |db| {
        adopt::apply(db, &description, &order).await
    })
    .await?;
    called::print(args.json, &applied, || match applied.changed {
        true => format!(
            "in place: {} triggers made, {} dropped / 已就位",
            applied.made, applied.dropped
        ),
        false => "all was in place already / 此前已就位，未作变更".to_owned(),
    })?;
    Ok(exit::OK)
}
