//! `backstop intake doubts`

use std::fmt::Write as _;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::http::Request;
use client::operations::{IntakeDoubt, IntakeDoubts, SettleDoubt};
use db::Db;
use gate::doubts::{self, Settled};

use super::reach::{Instances, Reach, Way, of_gate};
use super::{close, said};
use crate::called;
use crate::ended::stop;

/// Lists transactions that closings ended with a draw in hand, in which money may have moved; or settles one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A closing ends what outlasts its grace. The database rolls it back; whether its draw was paid outside of the
database, core banking knows. Ask it, and write down what it said: once, with its reference as the reason.
--direct goes to the database itself, as for a closing; the sealed close-only credential may not read the cases.

Exit codes: 0 listed, none is open, or settled · 1 listed, and some are open · 2 wrong usage · 5 nothing answers ·
6 refused · 7 the outcome is unknown

Example:
  backstop intake doubts --url https://a.bank.example --account ann
  backstop intake doubts 1788000000000000-4711 --finding not-moved --reason 'core banking: no such payment' \\
    --url https://a.bank.example --account ann")]
pub struct Args {
    /// The case that is settled, as the list names it.
    #[arg(value_name = "ID", requires = "finding")]
    case: Option<String>,
    /// What core banking said.
    #[arg(long, value_enum, requires_all = ["case", "reason"])]
    finding: Option<Finding>,
    /// Why that is believed; 1–200 characters.
    #[arg(long, value_name = "TEXT", value_parser = close::reason, requires = "case")]
    reason: Option<String>,
    /// With --direct: who asked core banking, for the evidence.
    #[arg(long, env = "BACKSTOP_ACTOR", value_name = "NAME", value_parser = close::name)]
    actor: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object: the list, or the settled case.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Finding {
    /// Money moved; it is booked or called back by hand.
    Moved,
    /// No money moved.
    NotMoved,
}

/// Lists or settles, and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let done = match args.reach.open().await? {
        Way::Service(instances) => {
            let done = by_service(&args, &instances).await;
            instances.leave().await;
            done
        }
        Way::Direct(db) => {
            let done = by_hand(&args, &db).await;
            db.close().await;
            done
        }
    };
    match done? {
        Done::Settled(case) => {
            called::print(args.json, &case, || line(&case))?;
            Ok(exit::OK)
        }
        Done::Listed(list) => {
            let open = list.doubts.iter().any(|one| one.finding.is_none());
            called::print(args.json, &list, || lines(&list.doubts))?;
            Ok(if open { exit::FAILED } else { exit::OK })
        }
    }
}

/// What is printed.
enum Done {
    Settled(IntakeDoubt),
    Listed(IntakeDoubts),
}

impl Args {
    /// The case that is settled, what was found, and why that is believed; otherwise they are listed.
    fn settles(&self) -> Option<(&str, doubts::Finding, &str)> {
        let finding = match self.finding? {
            Finding::Moved => doubts::Finding::Moved,
            Finding::NotMoved => doubts::Finding::NotMoved,
        };
        Some((self.case.as_deref()?, finding, self.reason.as_deref()?))
    }
}

async fn by_service(args: &Args, instances: &Instances) -> anyhow::Result<Done> {
    let Some((case, finding, reason)) = args.settles() else {
        return Ok(Done::Listed(
            instances.send(&Request::intake_doubts()).await?.body,
        ));
    };
    let body = SettleDoubt {
        finding: finding.as_str().to_owned(),
        reason: reason.to_owned(),
    };
    let key = Ids::system(Clock::system()).next().simple().to_string();
    let settled = instances.send(&Request::settle_doubt(&key, case, &body)).await?;
    Ok(Done::Settled(settled.body))
}

async fn by_hand(args: &Args, db: &Db) -> anyhow::Result<Done> {
    let Some((case, finding, reason)) = args.settles() else {
        let cases = doubts::doubts(db, 1000).await.map_err(|error| of_gate(&error))?;
        return Ok(Done::Listed(IntakeDoubts {
            doubts: cases.into_iter().map(said::doubt).collect(),
        }));
    };
    let Some(by) = args.actor.clone() else {
        return Err(stop(exit::USAGE, "--direct needs --actor NAME: who asked"));
    };
    let settled = Settled {
        finding,
        reason: reason.to_owned(),
        by,
        at: Clock::system().now_micros(),
    };
    let case = case.to_owned();
    let settled = db.write(move |tx| Box::pin(async move { doubts::settle_in(tx, &case, &settled).await }));
    let settled = settled.await.map_err(|error| of_gate(&error))?;
    Ok(Done::Settled(said::doubt(settled)))
}

fn lines(doubts: &[IntakeDoubt]) -> String {
    if doubts.is_empty() {
        return "no closing ended a transaction with a draw in hand / 无存疑付款".to_owned();
    }
    doubts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(doubt: &IntakeDoubt) -> String {
    let mut text = format!(
        "{}  {}  session {} ({}, {}), open for {} ms",
        called::when(doubt.at),
        doubt.id,
        doubt.pid,
        doubt.application,
        doubt.role,
        doubt.open_ms
    );
    let found = match doubt.finding.as_deref() {
        None => "money may have moved: ask core banking / 资金可能已划出，请向核心系统核对",
        Some("moved") => "money moved / 资金已划出",
        Some(_) => "no money moved / 资金未划出",
    };
    // Writing to a string cannot fail.
    let _ = write!(text, "\n  {found}");
    if let (Some(reason), Some(by)) = (&doubt.reason, &doubt.settled_by) {
        let _ = write!(text, "  {by}: {reason}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_case_says_what_to_do_and_a_settled_one_what_was_found() {
        let mut doubt = IntakeDoubt {
            id: "7-8".to_owned(),
            epoch: None,
            pid: 8,
            application: "psql".to_owned(),
            role: "teller".to_owned(),
            open_ms: 1200,
            at: 1_767_225_600_000_000,
            finding: None,
            reason: None,
            settled_by: None,
            settled_at: None,
        };
        assert!(line(&doubt).ends_with("核对"));
        doubt.finding = Some("not_moved".to_owned());
        doubt.reason = Some("no such payment".to_owned());
        doubt.settled_by = Some("ann".to_owned());
        assert!(line(&doubt).ends_with("资金未划出  ann: no such payment"));
        assert!(lines(&[]).starts_with("no closing"));
    }
}
