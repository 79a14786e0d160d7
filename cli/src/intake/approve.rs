//! `backstop intake approve`

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::access::{Execute, Judge, Proposal};
use client::http::Request;
use client::operations::Intake;

use super::reach::{Instances, Reach};
use super::{reopen, said};
use crate::called;
use crate::ended::stop;

/// Agrees to a proposed reopening, and carries it out; or says no.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --digest it shows the proposal and does nothing. One no ends it. Whoever proposed cannot agree; a deputy
agrees in the place of an absent person with --for-absent.

What was proposed for a time is only agreed to: the service opens by itself then.

Exit codes: 0 open, agreed for later, shown or rejected · 1 agreed, and others are still needed · 2 wrong usage ·
5 nothing answers · 6 refused · 7 the outcome is unknown: look with `status`, and approve again

Example:
  backstop intake approve pro_019f2c3d4e5f70008000000000000000 --url https://a.bank.example --account bob
  backstop intake approve pro_019f2c3d4e5f70008000000000000000 --digest 9f86d0… \\
    --url https://a.bank.example --account bob")]
pub struct Args {
    /// The proposal's id, as `intake reopen` told it.
    #[arg(value_name = "ID")]
    proposal: String,
    /// The digest of what is agreed to.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    /// Say no.
    #[arg(long, requires = "digest")]
    reject: bool,
    /// The absent person whose deputy one is.
    #[arg(long, value_name = "NAME")]
    for_absent: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object: how intake stands then, or the proposal.
    #[arg(long)]
    json: bool,
}

/// Judges, executes what is agreed on, and prints how intake stands.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let instances = reopen::people(&args.reach).await?;
    let done = approve(&args, &instances).await;
    instances.leave().await;
    done
}

async fn approve(args: &Args, instances: &Instances) -> anyhow::Result<u8> {
    let mut proposal = instances.send(&Request::proposal(&args.proposal)).await?.body;
    if ![reopen::NOW, reopen::LATER].contains(&proposal.act.as_str()) {
        let text = format!("{} is about {}, not about intake", proposal.id, proposal.act);
        return Err(stop(exit::USAGE, text));
    }
    let of = scope(
        &proposal,
        &instances.send(&Request::<Intake>::intake()).await?.body,
    );
    let Some(digest) = args.digest.clone() else {
        called::print(args.json, &proposal, || shown(&proposal, &of))?;
        return Ok(exit::OK);
    };
    let ids = Ids::system(Clock::system());
    let key = || ids.next().simple().to_string();
    if proposal.digest != digest {
        return Err(stop(
            exit::USAGE,
            "--digest is not that of this proposal: look at it again",
        ));
    }
    // Agreed on already, or carried out, when this command was cut off: it goes on from there.
    let settled = ["approved", "executed"].contains(&proposal.state.as_str());
    if args.reject || !settled {
        let verdict = Judge {
            digest: digest.clone(),
            approve: !args.reject,
            for_absent: args.for_absent.clone(),
        };
        let judged = Request::judge(&key(), &proposal.id, &verdict);
        proposal = instances.send(&judged).await?.body;
    }
    if proposal.state == "waiting" {
        called::print(args.json, &proposal, || shown(&proposal, &of))?;
        return Ok(exit::FAILED);
    }
    if proposal.state == "approved" && proposal.act == reopen::LATER {
        called::print(args.json, &proposal, || {
            format!(
                "agreed: it opens by itself at {} / 已同意，届时自动开放",
                at(&proposal)
            )
        })?;
        return Ok(exit::OK);
    }
    if proposal.state == "approved" && !args.reject {
        let done = Request::execute(&key(), &proposal.id, &Execute { digest });
        instances.send(&done).await?;
    }
    let intake = instances.send(&Request::<Intake>::intake()).await?.body;
    called::print(args.json, &intake, || said::lines(&intake))?;
    Ok(exit::OK)
}

/// Which new business is shut at the epoch that the proposal names.
fn scope(proposal: &Proposal, intake: &Intake) -> String {
    let epoch = proposal
        .parameters
        .get("epoch")
        .and_then(|epoch| epoch.parse::<i64>().ok());
    if intake.state.contains("unverified") {
        return "not known here".to_owned();
    }
    let shut = intake.shut.iter().find(|one| Some(one.epoch) == epoch);
    match shut {
        Some(one) => one.scope.clone(),
        None if Some(intake.epoch) == epoch => intake.scope.clone(),
        None => "what is not shut at that epoch any more".to_owned(),
    }
}

fn shown(proposal: &Proposal, of: &str) -> String {
    let epoch = proposal.parameters.get("epoch").map_or("?", String::as_str);
    let when = match proposal.act.as_str() {
        reopen::LATER => format!(" at {}", at(proposal)),
        _ => String::new(),
    };
    let parked = if proposal.parameters.contains_key("parked") {
        "and to cancel the draws that wait for it / 并撤销等待中的提款\n"
    } else {
        ""
    };
    format!(
        "{} proposes to reopen intake ({of}){when}, closed at epoch {epoch} / 提议重新开放增量业务\n{parked}\
         {} until {}\nto agree, with / 同意请加: --digest {}",
        proposal.proposer,
        proposal.state,
        called::when(proposal.expires_at),
        proposal.digest
    )
}

/// When what was proposed is to happen.
fn at(proposal: &Proposal) -> String {
    let at = proposal.parameters.get("at").and_then(|at| at.parse().ok());
    at.map_or_else(|| "?".to_owned(), called::when)
}
