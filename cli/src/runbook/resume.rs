//! `backstop runbook resume`

use base::config::ProcessEnv;
use saga::Interrupt;

use super::asked::Asked;
use super::carry::carry;
use super::deliver;
use super::hands::HandsArgs;
use super::kept::StoreArgs;

/// Carries a run on from where it stands, whatever ended it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It goes on under the plan that it was begun with, whatever has become of the page. After a death it first waits until
whoever held it is surely gone: 10 s for a file, 30 s for PostgreSQL.

Exit codes: 0 done · 1 it failed and went back, wholly or in part · 2 no such run · 5 the store cannot be used ·
6 another process carries it out · 7 it waits for somebody

Example:
  backstop runbook resume run_0199f0c1d2e3f405a6b7c8d9e0f10213 --json")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    hands: HandsArgs,
    /// Who sits at the terminal; the token's holder, if it is not given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Print how it stands at the end as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Carries it on.
///
/// # Errors
/// When there is no such run, somebody else carries it out, or the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let kept = args.store.open().await?;
    let by = args.by.as_deref().unwrap_or(args.hands.reach.holder());
    let hands = args
        .hands
        .real(&ProcessEnv, kept.clock(), Asked::here(by))?
        .recorded(kept.owed());
    let code = carry(&kept, &args.run, &hands, &Interrupt::default(), args.json).await;
    deliver::after(&kept, &args.hands.reach).await;
    kept.close().await;
    code
}
