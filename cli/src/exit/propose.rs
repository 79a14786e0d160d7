//! `backstop exit propose`

use std::path::PathBuf;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::access::{Proposal, Propose};
use client::http::Request;

use super::plan;
use crate::called;
use crate::ended::stop;
use crate::intake::reach::Reach;
use crate::intake::reopen;

/// Proposes a plan: two people besides its planner have to approve it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is proposed is the plan's digest: another plan is another proposal. It lives for three days. Only the plan's own
planner can propose it so that it can be carried out.

Exit codes: 0 proposed · 2 wrong usage · 4 nobody leaves under the plan · 5 nothing answers · 6 refused ·
7 the outcome is unknown

Example:
  backstop exit propose --plan exit/plan.json --url https://a.bank.example --account ada")]
pub struct Args {
    /// The plan, as `backstop exit plan` wrote it.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object: the proposal.
    #[arg(long)]
    json: bool,
}

/// Proposes, and prints what the others need.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let plan = plan::read(&args.plan)?;
    if plan.leaving == 0 {
        return Err(stop(exit::NOT_TOUCHED, "nobody leaves under this plan"));
    }
    let instances = reopen::people(&args.reach).await?;
    let wanted = Propose {
        act: plan::ACT.to_owned(),
        parameters: [
            ("plan".to_owned(), plan.digest.clone()),
            ("scope".to_owned(), plan.scope.clone()),
        ]
        .into(),
    };
    let key = Ids::system(Clock::system()).next().simple().to_string();
    let proposed = instances.send::<Proposal>(&Request::propose(&key, &wanted)).await;
    instances.leave().await;
    let proposal = proposed?.body;
    called::print(args.json, &proposal, || {
        let rehearsal = if plan.rehearsal {
            " (REHEARSAL / 演练)"
        } else {
            ""
        };
        format!(
            "proposed / 已提议清除 {} 户{rehearsal}: {}\nuntil {}, two others / 请另外两人在此之前执行:\n\
             backstop exit approve {} --plan {} --digest {} --account NAME",
            plan.leaving,
            proposal.id,
            called::when(proposal.expires_at),
            proposal.id,
            args.plan.display(),
            proposal.digest
        )
    })?;
    Ok(exit::OK)
}
