//! Questions about accounts and proposals.

use std::collections::BTreeMap;

use auth::approvals::{self, Standing, book};
use client::access::{Account, Accounts, Proposal};
use domain::ids::ProposalId;
use domain::lane::Lane;

use crate::{Refusal, World};

/// Every account, by name.
///
/// # Errors
/// The database's refusal.
pub async fn accounts<L: Lane>(world: &World<L>) -> Result<Accounts, Refusal> {
    let now = world.clock.now_micros();
    let list = world
        .db
        .read(move |tx| Box::pin(async move { Ok::<_, Refusal>(auth::accounts::list(tx, now).await?) }));
    Ok(Accounts {
        accounts: list.await?.into_iter().map(wire_account).collect(),
    })
}

/// One proposal, as it stands now.
///
/// # Errors
/// An unknown proposal, or the database's refusal.
pub async fn proposal<L: Lane>(world: &World<L>, id: &str) -> Result<Proposal, Refusal> {
    let id: ProposalId = id.parse()?;
    let now = world.clock.now_micros();
    let shown = world
        .db
        .read(move |tx| Box::pin(async move { Ok::<_, Refusal>(book::show(tx, id.as_str(), now).await?) }));
    let (proposal, _, standing) = shown.await?;
    wire_proposal(&proposal, standing)
}

pub(super) fn wire_account(account: auth::Account) -> Account {
    Account {
        name: account.name,
        role: account.role,
        state: account.state,
        sessions: account.sessions,
        changed_at: account.changed_at,
    }
}

pub(super) fn wire_proposal(proposal: &approvals::Proposal, standing: Standing) -> Result<Proposal, Refusal> {
    let parameters: BTreeMap<String, String> =
        serde_json::from_str(&proposal.parameters).map_err(|error| Refusal::internal(&error))?;
    Ok(Proposal {
        id: proposal.id.clone(),
        act: proposal.act.clone(),
        parameters,
        digest: proposal.digest.clone(),
        proposer: proposal.proposer.clone(),
        state: standing.as_str().to_owned(),
        needed: proposal.needed,
        expires_at: proposal.expires_at,
    })
}
