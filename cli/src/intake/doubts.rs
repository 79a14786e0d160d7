//! `backstop intake doubts`

use std::fmt::Write as _;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::http::Request;
use client::operations::{IntakeDoubt, SettleDoubt};

use super::reach::{Instances, Reach};
use super::{close, reopen, said};

/// Lists transactions that closings ended with a draw in hand, in which money may have moved; or settles one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A closing ends what outlasts its grace. The database rolls it back; whether its draw was paid outside of the
database, core banking knows. Ask it, and write down what it said: once, with its reference as the reason.

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
    let instances = reopen::people(&args.reach).await?;
    let done = on(&args, &instances).await;
    instances.leave().await;
    done
}

async fn on(args: &Args, instances: &Instances) -> anyhow::Result<u8> {
    if let (Some(case), Some(finding), Some(reason)) = (&args.case, args.finding, &args.reason) {
        let body = SettleDoubt {
            finding: match finding {
                Finding::Moved => "moved",
                Finding::NotMoved => "not_moved",
            }
            .to_owned(),
            reason: reason.clone(),
        };
        let key = Ids::system(Clock::system()).next().simple().to_string();
        let settled: IntakeDoubt = instances
            .send(&Request::settle_doubt(&key, case, &body))
            .await?
            .body;
        said::print(args.json, &settled, || line(&settled))?;
        return Ok(exit::OK);
    }
    let list = instances.send(&Request::intake_doubts()).await?.body;
    let open = list.doubts.iter().any(|one| one.finding.is_none());
    said::print(args.json, &list, || lines(&list.doubts))?;
    Ok(if open { exit::FAILED } else { exit::OK })
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
        said::when(doubt.at),
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
