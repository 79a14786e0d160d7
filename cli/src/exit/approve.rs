//! `backstop exit approve`

use std::path::PathBuf;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::access::{Judge, Proposal};
use client::http::Request;

use super::plan;
use crate::called;
use crate::ended::stop;
use crate::intake::reach::{Instances, Reach};
use crate::intake::reopen;

/// Approves a proposed plan, or says no.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --digest it shows the proposal and does nothing. The plan's file is compared with what is proposed: what one
has not seen one does not approve. One no ends it. Whoever proposed cannot approve; two others have to.

Exit codes: 0 approved, shown or rejected · 1 approved, and another is still needed · 2 wrong usage ·
5 nothing answers · 6 refused · 7 the outcome is unknown: look, and approve again

Example:
  backstop exit approve pro_019f2c3d4e5f70008000000000000000 --plan exit/plan.json --digest 9f86d0… \\
    --url https://a.bank.example --account bob")]
pub struct Args {
    /// The proposal's id, as `exit propose` told it.
    #[arg(value_name = "ID")]
    proposal: String,
    /// The plan that one has looked at.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The digest of the proposal.
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
    /// Print one JSON object: the proposal.
    #[arg(long)]
    json: bool,
}

/// Judges, and prints how the proposal stands.
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
    let plan = plan::read(&args.plan)?;
    let mut proposal: Proposal = instances.send(&Request::proposal(&args.proposal)).await?.body;
    if proposal.act != plan::ACT {
        let text = format!("{} is about {}, not about an exit", proposal.id, proposal.act);
        return Err(stop(exit::USAGE, text));
    }
    if proposal.parameters.get("plan") != Some(&plan.digest) {
        return Err(stop(exit::USAGE, "--plan is not the plan that is proposed"));
    }
    if let Some(digest) = &args.digest {
        if proposal.digest != *digest {
            return Err(stop(
                exit::USAGE,
                "--digest is not that of this proposal: look at it again",
            ));
        }
        // Approved by others already when this command was cut off and is run again.
        if args.reject || proposal.state == "waiting" {
            let verdict = Judge {
                digest: digest.clone(),
                approve: !args.reject,
                for_absent: args.for_absent.clone(),
            };
            let key = Ids::system(Clock::system()).next().simple().to_string();
            proposal = instances
                .send(&Request::judge(&key, &proposal.id, &verdict))
                .await?
                .body;
        }
    }
    called::print(args.json, &proposal, || shown(&proposal, &plan))?;
    let waits = args.digest.is_some() && proposal.state == "waiting";
    Ok(if waits { exit::FAILED } else { exit::OK })
}

fn shown(proposal: &Proposal, plan: &plan::Plan) -> String {
    let rehearsal = if plan.rehearsal {
        "; REHEARSAL / 演练"
    } else {
        ""
    };
    format!(
        "{} proposes to purge {} customers ({}){rehearsal} / 提议不可恢复地清除 {} 户\n\
         {} until {}\nto approve, with / 同意请加: --digest {}",
        proposal.proposer,
        plan.leaving,
        plan.scope,
        plan.leaving,
        proposal.state,
        called::when(proposal.expires_at),
        proposal.digest
    )
}
