//! `backstop runbook run`

use std::io::{IsTerminal as _, Write as _};

use base::config::ProcessEnv;
use base::exit;
use base::ids::Ids;
use client::runs::{BeginRun, Offline};
use runbooks::{Bound, Hands, preview};
use saga::Interrupt;

use super::asked::{Asked, line};
use super::carry::carry;
use super::chosen::PageArgs;
use super::hands::HandsArgs;
use super::kept::{Kept, StoreArgs, refused};
use super::plan::words;
use super::{deliver, record};
use crate::ended::{self, stop};

/// Begins a run of a page, and carries it out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows what it would do and asks, unless --yes is given. Each step is on disk before it is begun, so a run goes on after
any death with `runbook resume`. The control plane is told that it begins (who did: the token says). Without a terminal it pauses where a person has to do something, and says what to type.
Ctrl-C pauses it after the step under way; a second one ends it at once, as a death would.

Exit codes: 0 done · 1 it failed and went back, wholly or in part · 2 wrong usage · 5 the control plane does not answer,
or the store cannot be used, nothing was begun · 6 refused, not begun · 7 it waits for somebody, and nothing is lost

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
    /// Who sits at the terminal; offline, the name that the control plane has for the token. The token's holder, if it is
    /// not given.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Begin though the control plane cannot be told: it is told later. Steps that others approve wait until then.
    #[arg(long, requires = "reason")]
    offline: bool,
    /// Why it cannot wait, in one word, as in plane-down.
    #[arg(long, value_name = "WORD", requires = "offline", value_parser = word)]
    reason: Option<String>,
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
    if !auth::is_name(by) {
        return Err(stop(exit::USAGE, "--by: 1 to 64 letters, digits and - _ . @"));
    }
    // What began offline is told later with the token of whoever began it, so the name has to be the token's.
    if args.offline && args.hands.reach.names_holder() && by != args.hands.reach.holder() {
        let text = "--by: what begins offline is begun by the token's holder, whom --as names";
        return Err(stop(exit::USAGE, text));
    }
    let bound = args.page.bound(plan, by)?;
    let clock = base::clock::Clock::system();
    let hands = args.hands.real(&ProcessEnv, &clock, Asked::here(by))?;
    if !args.yes {
        let lines = preview(&bound, &hands as &dyn Hands).await;
        write!(std::io::stderr(), "{}", words(&bound, &lines))?;
        sure().await?;
    }
    let kept = args.store.make().await?;
    let hands = hands.recorded(kept.owed());
    let code = carried(&args, &kept, bound, &hands).await;
    if code.is_ok() {
        deliver::after(&kept, &args.hands.reach).await;
    }
    kept.close().await;
    code
}

async fn carried(args: &Args, kept: &Kept, mut bound: Bound, hands: &dyn Hands) -> anyhow::Result<u8> {
    let run = format!("run_{}", Ids::system(kept.clock().clone()).next().simple());
    bound.by = recorded(args, kept, &run, &bound).await?;
    let begun = kept.engine().begin(&run, &bound).await;
    begun.map_err(|error| refused(&error))?;
    // Whoever looks away does not stop a run.
    drop(writeln!(std::io::stderr(), "运行编号 · run {run}"));
    carry(kept, &run, hands, &Interrupt::default(), args.json).await
}

/// Puts the beginning on record, or down as owed; answers who begins it.
async fn recorded(args: &Args, kept: &Kept, run: &str, bound: &Bound) -> anyhow::Result<String> {
    let now = kept.clock().now_micros();
    let mut begin = BeginRun {
        id: run.to_owned(),
        page: bound.plan.id.clone(),
        plan_sha256: bound.plan.hash()?,
        bound_sha256: bound.digest()?,
        offline: None,
    };
    if let Some(reason) = &args.reason {
        begin.offline = Some(Offline {
            by: bound.by.clone(),
            reason: reason.clone(),
            begun_at: now,
        });
        kept.owed().draw(&begin, now).await?;
        return Ok(bound.by.clone());
    }
    let begun = record::begin(kept, &args.hands.reach, &begin).await;
    begun.map_err(|error| {
        let hint = match ended::code(&error) {
            exit::UNREACHABLE => {
                "; nothing was begun. If it cannot wait: --offline --reason WORD, told later"
            }
            exit::AMBIGUOUS => "; nothing was begun here: run it again",
            _ => "; nothing was begun",
        };
        stop(ended::code(&error), format!("{error:#}{hint}"))
    })
}

/// A reason that has a place in the record: no sentence, which could hold anything.
fn word(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let first = text.starts_with(|c: char| c.is_ascii_lowercase());
    match first && text.len() <= 40 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("one word of a-z, 0-9 and -, up to 40, as in plane-down".to_owned()),
    }
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
