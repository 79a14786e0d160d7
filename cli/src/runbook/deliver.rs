//! `backstop runbook deliver`

use std::io::Write as _;

use base::exit;
use serde_json::json;

use super::kept::{Kept, StoreArgs};
use super::record::{self, Delivered};
use crate::called;
use crate::watch::reach::Reach;

/// Tells the control plane what it could not be told before: runs that began or ended while it was down.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each command that carries a run on does so as well, when it has done its work. A run that began offline is told of with
the token of whoever began it.

Exit codes: 0 nothing is owed any more · 2 wrong usage · 5 nothing answers, or the store cannot be used ·
6 something was refused, and is still owed · 7 no clear answer

Example:
  backstop runbook deliver --token-file etc/control/tokens.json --as ann")]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Tells, and says what is left.
///
/// # Errors
/// When the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let kept = args.store.open().await?;
    let delivered = record::deliver(&kept, &args.reach).await;
    kept.close().await;
    let delivered = delivered?;
    let object = json!({ "told": delivered.told, "owed": delivered.owed, "why": delivered.why });
    called::print(args.json, &object, || words(&delivered))?;
    Ok(if delivered.owed == 0 && delivered.why.is_none() {
        exit::OK
    } else {
        delivered.code
    })
}

fn words(delivered: &Delivered) -> String {
    let Delivered { told, owed, why, .. } = delivered;
    let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("已补报 {told} 项，尚欠 {owed} 项 · {told} put on record, {owed} still owed{why}")
}

/// The same after another command's work, which stands whatever comes of this: said only if something is owed.
pub(super) async fn after(kept: &Kept, reach: &Reach) {
    let said = match record::deliver(kept, reach).await {
        // Its own end, as usual.
        Ok(delivered) if delivered.owed == 0 && delivered.told <= 1 => return,
        Ok(delivered) if delivered.owed == 0 => words(&delivered),
        Ok(delivered) => format!("{}\n  backstop runbook deliver", words(&delivered)),
        Err(error) => format!("{error:#}"),
    };
    drop(writeln!(std::io::stderr(), "{said}"));
}
