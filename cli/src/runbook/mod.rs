//! `backstop runbook`: the pages that this program brings along, and pages of one's own.
//!
//! [`list`], [`check`], [`coverage`], [`plan`], [`run`](mod@run), [`resume`], [`answer`], [`approve`], [`mod@stop`], [`show`] and
//! [`deliver`] are one command each;
//! the first three are offline. `read` gets pages, `chosen` one with its values. `kept` is the store of runs, in which
//! `progress` tells what is written; `carry` carries a run on, with `hands` and the people in `asked`; `told` says how
//! it stands. `record` tells the control plane, and `owed` is what it could not be told.

pub mod answer;
pub mod approve;
mod asked;
mod carry;
pub mod check;
mod chosen;
pub mod coverage;
pub mod deliver;
mod hands;
mod kept;
pub mod list;
mod owed;
pub mod plan;
mod progress;
mod read;
mod record;
pub mod resume;
pub mod run;
pub mod show;
pub mod stop;
mod told;

use clap::Subcommand;

/// What the command's own help ends with.
pub const HELP: &str = "\
Example:
  backstop runbook list
  backstop runbook plan close-intake --set incident=INC-7 --set reason='core banking is down'
  backstop runbook check pages/*.md --rules deploy/rules/*.yml";

/// What to do with runbooks.
#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub enum Command {
    /// Lists runbooks: what they are for, and which alerts they answer.
    List(list::Args),
    /// Compiles runbooks, and holds them against the alerts.
    Check(check::Args),
    /// Shows which alerts have a runbook.
    Coverage(coverage::Args),
    /// Shows what a run would do, and what is known of it now.
    Plan(plan::Args),
    /// Begins a run of a page, and carries it out.
    Run(run::Args),
    /// Carries a run on from where it stands, whatever ended it.
    Resume(resume::Args),
    /// Answers what a run waits for.
    Answer(answer::Args),
    /// Says yes or no to a step of somebody else's run.
    Approve(approve::Args),
    /// Has a run go back.
    Stop(stop::Args),
    /// Shows a run with its journal, or lists the newest.
    Show(show::Args),
    /// Tells the control plane what it could not be told before.
    Deliver(deliver::Args),
}

/// Runs one; answers the exit code.
///
/// # Errors
/// See each command.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::List(args) => list::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Plan(args) => plan::run(args).await,
        Command::Run(args) => run::run(args).await,
        Command::Resume(args) => resume::run(args).await,
        Command::Answer(args) => answer::run(args).await,
        Command::Approve(args) => approve::run(args).await,
        Command::Stop(args) => stop::run(args).await,
        Command::Show(args) => show::run(args).await,
        Command::Deliver(args) => deliver::run(args).await,
    }
}
