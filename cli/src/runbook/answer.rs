//! `backstop runbook answer`

use base::config::ProcessEnv;
use base::exit;
use runbooks::hands::{Said, Task};
use runbooks::{Answer, Shown};
use saga::{Interrupt, Next, Ran, Ruling};

use super::asked::Asked;
use super::deliver;
use super::hands::HandsArgs;
use super::kept::{Kept, StoreArgs, refused};
use super::told;
use crate::called;
use crate::ended::stop;

/// Answers what a run waits for: that a task is done, or what is to become of a step that failed or is in doubt.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing else is done: `runbook resume` goes on from it. An approval cannot be answered: `runbook approve` is for others.

Exit codes: 0 taken down · 2 wrong usage · 5 the store cannot be used · 6 that is not what it waits for, nothing changed

Example:
  backstop runbook answer run_0199f0c1d2e3f405a6b7c8d9e0f10213 tell --word 已通知 --by ann
  backstop runbook answer run_0199f0c1d2e3f405a6b7c8d9e0f10213 close --decide retry --why 'the network is back' --by ann")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    /// The step that it waits at.
    #[arg(value_name = "STEP")]
    step: String,
    #[command(flatten)]
    what: What,
    /// On what grounds; with --decide and --refuse.
    #[arg(long, value_name = "WORD", required_unless_present = "word")]
    why: Option<String>,
    /// The number of the question that was seen; if it has been asked anew since, nothing is taken down.
    #[arg(long, value_name = "N", requires = "decide")]
    question: Option<i64>,
    /// Who says so.
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    hands: HandsArgs,
    /// Print how it stands then as one JSON object.
    #[arg(long)]
    json: bool,
}

/// What is answered.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The task is done: the word that its page has for that.
    #[arg(long, value_name = "WORD")]
    word: Option<String>,
    /// The task cannot or will not be done.
    #[arg(long)]
    refuse: bool,
    /// What is to become of the step: it took effect, it is done again, or it is given up and the run goes back.
    #[arg(long, value_name = "DECISION")]
    decide: Option<Decision>,
}

/// A decision.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Decision {
    /// It took effect: go on.
    Done,
    /// It did not: do it again.
    Retry,
    /// It did not, and is not to be done.
    GiveUp,
}

/// Takes it down.
///
/// # Errors
/// When the run does not wait for that, or the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    if !auth::is_name(&args.by) {
        return Err(stop(exit::USAGE, "--by: 1 to 64 letters, digits and - _ . @"));
    }
    let kept = args.store.open().await?;
    let taken = take(&args, &kept).await;
    let shown = kept.show(&args.run).await;
    deliver::after(&kept, &args.hands.reach).await;
    kept.close().await;
    taken?;
    let shown = shown?;
    let standing = told::standing(&shown, None);
    called::print(args.json, &standing, || told::words(&shown, &standing))?;
    Ok(exit::OK)
}

async fn take(args: &Args, kept: &Kept) -> anyhow::Result<()> {
    let shown = kept.show(&args.run).await?;
    let why = args.why.clone().unwrap_or_default();
    if let Some(decision) = args.what.decide {
        return decide(args, kept, &shown, decision).await;
    }
    let Some(task) = shown.task().filter(|task| task.step == args.step) else {
        return Err(stop(
            exit::REFUSED,
            format!("it does not wait for a task {}", args.step),
        ));
    };
    let by = args.by.clone();
    let said = match &args.what.word {
        Some(word) if word.trim() == task.confirm => Said::Done {
            by,
            text: word.clone(),
        },
        Some(_) => {
            let text = format!("that is not the word: {} says 「{}」", task.step, task.confirm);
            return Err(stop(exit::REFUSED, text));
        }
        None => Said::Refused { by, reason: why },
    };
    say(args, kept, &shown, (task, said)).await
}

/// Has exactly that task answered, and nothing after it.
async fn say(args: &Args, kept: &Kept, shown: &Shown, (task, said): (Task, Said)) -> anyhow::Result<()> {
    let interrupt = Interrupt::default();
    let asked = Asked::Given {
        step: task.step,
        undo: task.undo,
        said,
        then: interrupt.clone(),
    };
    let hands = args
        .hands
        .real(&ProcessEnv, kept.clock(), asked)?
        .recorded(kept.owed());
    let ran = kept.telling(shown).run(&args.run, &hands, &interrupt).await;
    match ran.map_err(|error| refused(&error))? {
        // It went on meanwhile, and what it waits for is another task: nobody answered that.
        Ran::Paused { step, .. } if step == args.step => Err(stop(
            exit::REFUSED,
            "it has gone on since: look with `runbook show`",
        )),
        _ => Ok(()),
    }
}

async fn decide(args: &Args, kept: &Kept, shown: &Shown, decision: Decision) -> anyhow::Result<()> {
    match &shown.next {
        Next::Ask(question) if question.step == args.step => {}
        _ => {
            let text = format!("it does not wait for a decision about {}", args.step);
            return Err(stop(exit::REFUSED, text));
        }
    }
    let answer = Answer {
        seq: args.question.unwrap_or(shown.header.seq),
        ruling: match decision {
            Decision::Done => Ruling::Done,
            Decision::Retry => Ruling::Retry,
            Decision::GiveUp => Ruling::GiveUp,
        },
        by: &args.by,
        reason: args.why.as_deref().unwrap_or_default(),
    };
    let state = kept.telling(shown).answer(&args.run, &answer).await;
    state.map(drop).map_err(|error| refused(&error))
}
