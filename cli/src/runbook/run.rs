//! `backstop runbook run`

use std::io::{IsTerminal as _, Write as _};

use base::config::ProcessEnv;
use base::exit;
use base::ids::Ids;
use runbooks::{Hands, preview};
use saga::Interrupt;

use super::asked::{Asked, line};
use super::carry::carry;
use super::chosen::PageArgs;
use super::hands::HandsArgs;
use super::kept::{StoreArgs, refused};
use super::plan::words;
use crate::ended::stop;

/// Begins a run of a page, and carries it out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows what it would do and asks, unless --yes is given. Each step is on disk before it is begun, so a run goes on after
any death with `runbook resume`. Without a terminal it pauses where a person has to do something, and says what to type.
Ctrl-C pauses it after the step under way; a second one ends it at once, as a death would.

Exit codes: 0 done · 1 it failed and went back, wholly or in part · 2 wrong usage · 5 the store cannot be used ·
6 not begun · 7 it waits for somebody, and nothing is lost

Example:
  backstop runbook run close-intake --set incident=INC-7 --set reason='core banking is down'
  backstop runbook run close-intake --set incident=INC-7 --set reason=drill --yes --json")]
pub struct Args {
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    hands: HandsArgs,
    /// Who sits at the terminal; the token's holder, if it is not given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Begin without showing and asking.
    #[arg(long)]
    yes: bool,
    /// Print how it stands at the end as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Begins it and carries it out.
///
/// # Errors
/// When it cannot be begun, or the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let plan = args.page.plan()?;
    let by = args.by.as_deref().unwrap_or(args.hands.reach.holder());
    let bound = args.page.bound(plan, by)?;
    let clock = base::clock::Clock::system();
    let hands = args.hands.real(&ProcessEnv, &clock, Asked::here(by))?;
    if !args.yes {
        let lines = preview(&bound, &hands as &dyn Hands).await;
        write!(std::io::stderr(), "{}", words(&bound, &lines))?;
        sure().await?;
    }
    let kept = args.store.make().await?;
    let run = format!("run_{}", Ids::system(clock).next().simple());
    kept.engine()
        .begin(&run, &bound)
        .await
        .map_err(|error| refused(&error))?;
    writeln!(std::io::stderr(), "运行编号 · run {run}")?;
    let code = carry(&kept, &run, &hands, &Interrupt::default(), args.json).await;
    kept.close().await;
    code
}

/// Whether it is to be begun.
async fn sure() -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(stop(exit::USAGE, "nobody is there to be asked: --yes begins it"));
    }
    write!(std::io::stderr(), "\n开始执行？输入 yes · begin? type yes: ")?;
    match line().await {
        Some(text) if text.trim() == "yes" => Ok(()),
        _ => Err(stop(exit::REFUSED, "not begun")),
    }
}
