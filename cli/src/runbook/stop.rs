//! `backstop runbook stop`

use base::exit;

use super::kept::{StoreArgs, refused};
use super::told;
use crate::called;
use crate::ended::stop;

/// Has a run go back: what was done is undone, the last first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is undone before `runbook resume` carries it on. What a process carries out at the moment is paused first, with
Ctrl-C there.

Exit codes: 0 it will go back · 2 no such run, or wrong usage · 5 the store cannot be used ·
6 it has ended, goes back already, or another process carries it out

Example:
  backstop runbook stop run_0199f0c1d2e3f405a6b7c8d9e0f10213 --by ann --why 'false alarm'")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    /// Who says so.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "WORD")]
    why: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Print how it stands then as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Puts it on record.
///
/// # Errors
/// When that is not possible now, or the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    if !auth::is_name(&args.by) {
        return Err(stop(exit::USAGE, "--by: 1 to 64 letters, digits and - _ . @"));
    }
    let kept = args.store.open().await?;
    let stopped = kept.engine().stop(&args.run, &args.by, &args.why).await;
    let shown = kept.show(&args.run).await;
    kept.close().await;
    stopped.map_err(|error| refused(&error))?;
    let shown = shown?;
    let standing = told::standing(&shown, None);
    called::print(args.json, &standing, || told::words(&shown, &standing))?;
    Ok(exit::OK)
}
