//! `backstop intake reopen`

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::access::{Proposal, Propose};
use client::http::Request;
use client::operations::Intake;
use gate::Scope;

use super::reach::{Instances, Reach, Way};
use super::scope::ScopeArg;
use super::{close, said};
use crate::called;
use crate::ended::stop;

/// The act of reopening at once.
pub(super) const NOW: &str = "intake.reopen";
/// The act of reopening at a time.
pub(super) const LATER: &str = "intake.reopen_at";

/// Proposes to reopen intake; another person has to agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
One person proposes, another agrees with `intake approve`, within the hour. It is about this closing: what
somebody closes anew meanwhile stays closed. New business is refused until both have spoken.

Exit codes: 0 proposed, or open already · 2 wrong usage · 5 nothing answers · 6 refused · 7 the outcome is unknown

Example:
  backstop intake reopen --url https://a.bank.example --account ann
  backstop intake reopen --at 2026-03-02T08:00:00+08:00 --url https://a.bank.example --account ann
  backstop intake reopen --scope act=draw,product=credit --url https://a.bank.example --account ann
  backstop intake reopen --parked cancel --url https://a.bank.example --account ann
  backstop intake reopen --url https://a.bank.example --account ann --dry-run")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    scope: ScopeArg,
    /// Not at once, but at this time, as in 2026-03-02T08:00:00+08:00: both agree before, and the service opens by
    /// itself then. Within a day.
    #[arg(long, value_name = "TIME", value_parser = close::moment)]
    at: Option<i64>,
    /// What becomes of draws that wait for it, which `intake impact` lists: paid out, or cancelled with it.
    #[arg(long, value_enum, default_value_t = Parked::Release)]
    parked: Parked,
    /// Say what would be proposed, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object: the proposal, or how intake stands.
    #[arg(long)]
    json: bool,
}

/// What becomes of what a closing parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Parked {
    /// It goes on.
    Release,
    /// It is cancelled in the reopening's own transaction: limits are free again, customers are told.
    Cancel,
}

/// Proposes, and prints what the other person needs.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let instances = people(&args.reach).await?;
    let done = propose(&args, &instances).await;
    instances.leave().await;
    done
}

/// The instances: two persons sign in there, and the database knows none.
pub(crate) async fn people(reach: &Reach) -> anyhow::Result<Instances> {
    match reach.open().await? {
        Way::Service(instances) => Ok(instances),
        Way::Direct(db) => {
            db.close().await;
            let text = "--direct only closes: reopening takes two persons who sign in at an instance";
            Err(stop(exit::USAGE, text))
        }
    }
}

async fn propose(args: &Args, instances: &Instances) -> anyhow::Result<u8> {
    let intake = instances.send(&Request::<Intake>::intake()).await?.body;
    // An epoch names one closing, and so its scope.
    let closing = closing(&intake, &args.scope.scope);
    let Some(epoch) = closing.filter(|_| !args.dry_run) else {
        called::print(args.json, &intake, || {
            let would = if closing.is_none() {
                "nothing to reopen / 已开放"
            } else {
                "nothing was done: without --dry-run this closing's end would be proposed / 演练模式，未执行"
            };
            format!("{}\n{would}", said::lines(&intake))
        })?;
        return Ok(exit::OK);
    };
    let mut wanted = Propose {
        act: NOW.to_owned(),
        parameters: [("epoch".to_owned(), epoch.to_string())].into(),
    };
    if let Some(at) = args.at {
        wanted.act = LATER.to_owned();
        wanted.parameters.insert("at".to_owned(), at.to_string());
    }
    if args.parked == Parked::Cancel {
        wanted.parameters.insert("parked".to_owned(), "cancel".to_owned());
    }
    let key = Ids::system(Clock::system()).next().simple().to_string();
    let proposal: Proposal = instances.send(&Request::propose(&key, &wanted)).await?.body;
    called::print(args.json, &proposal, || {
        format!(
            "proposed / 已提议重新开放: {}\nuntil {}, another person / 请另一人在此之前执行:\n\
             backstop intake approve {} --digest {} --account NAME",
            proposal.id,
            called::when(proposal.expires_at),
            proposal.id,
            proposal.digest
        )
    })?;
    Ok(exit::OK)
}

/// The epoch at which a scope is shut, if it is.
fn closing(intake: &Intake, scope: &Scope) -> Option<i64> {
    let scope = scope.to_string();
    if intake.scope == scope {
        return (intake.state != "open").then_some(intake.epoch);
    }
    intake
        .shut
        .iter()
        .find(|one| one.scope == scope)
        .map(|one| one.epoch)
}
