//! `backstop intake install reopen`

use base::clock::Clock;
use base::exit;

use super::super::close;
use super::super::scope::ScopeArg;
use super::place::{Database, on};
use crate::called;

/// Proposes to reopen intake there; another role agrees with --agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
No service of ours looks after that database, so its own roles stand for persons: each signs in with --direct as
itself. What one proposes, another opens within the hour, at the epoch that was closed; a trigger holds everybody to
it, whatever they type. A role that may reopen needs, of the schema backstop: USAGE; SELECT and UPDATE on intake_gate;
SELECT and INSERT on intake_history; INSERT (id, at, origin, act, actor, body, hash) on evidence_leaves.

Exit codes: 0 open · 1 proposed: another person has to agree · 2 wrong usage · 5 nothing answers · 6 refused ·
7 the outcome is unknown: look with `intake status`

Example:
  backstop intake install reopen --direct postgres://ann@db.bank.example/core --reason 'core banking is back'
  backstop intake install reopen --direct postgres://bob@db.bank.example/core --reason 'core banking is back' \\
    --agree pro_019f2c3d4e5f70008000000000000000")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    scope: ScopeArg,
    /// Why, 1–200 characters, and no customer's data.
    #[arg(long, value_parser = close::reason)]
    reason: String,
    /// Agree to this proposal of another role, which names the scope.
    #[arg(long, value_name = "ID", value_parser = close::name, conflicts_with = "scope")]
    agree: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Proposes, or agrees and opens.
///
/// # Errors
/// When nothing answers, or it refuses.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let (clock, scope) = (Clock::system(), &args.scope.scope);
    if let Some(proposal) = &args.agree {
        let open = on(&args.database, async |db| {
            adopt::agree(db, proposal, &args.reason, &clock).await
        })
        .await?;
        called::print(args.json, &open, || {
            format!(
                "{}: open (epoch {}), proposed by {}, agreed to by {} / 已重新开放",
                open.scope, open.epoch, open.proposer, open.approver
            )
        })?;
        return Ok(exit::OK);
    }
    let proposed = on(&args.database, async |db| {
        adopt::propose(db, scope, &args.reason, &clock).await
    })
    .await?;
    called::print(args.json, &proposed, || {
        format!(
            "{} proposes to reopen {}, closed at epoch {} / 提议重新开放增量业务\n\
             another role agrees within the hour, with / 另一角色须在一小时内同意: --agree {}",
            proposed.proposer, proposed.scope, proposed.epoch, proposed.proposal
        )
    })?;
    Ok(exit::FAILED)
}
