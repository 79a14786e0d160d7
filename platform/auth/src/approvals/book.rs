//! Proposing, judging and executing, each in a transaction of its caller's and
//! with its leaf.

use db::{DbError, Tx};
use serde_json::{Map, Value, json};

use super::acts::{self, Act, bind};
use super::error::ApprovalError;
use super::matter::person;
use super::standing::{Proposal, Standing, Verdict, standing};
use super::{deputies, row};
use crate::principal::Principal;
use crate::record;

/// An act that others approved, to be carried out in the transaction that gave it.
#[derive(Debug)]
pub struct Approved {
    act: &'static Act,
    parameters: Map<String, Value>,
}

impl Approved {
    /// Which act.
    #[must_use]
    pub fn act(&self) -> &'static str {
        self.act.name
    }

    /// One of its parameters.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Proposes an act. `id` is new.
///
/// # Errors
/// Not a person, not one who may propose it, an unknown act or wrong parameters.
pub async fn propose(
    tx: &mut Tx,
    id: String,
    act: &str,
    parameters: &Map<String, Value>,
    who: &Principal,
    now: i64,
) -> Result<Proposal, ApprovalError> {
    let act = acts::find(act)
        .filter(|act| act.takes(parameters))
        .ok_or(ApprovalError::Act)?;
    person(who)?;
    if !act.proposers.contains(&who.role) {
        return Err(ApprovalError::Role);
    }
    let (text, digest) = bind(act.name, parameters)?;
    let proposal = Proposal {
        id,
        act: act.name.to_owned(),
        parameters: text,
        digest,
        proposer: who.name.to_string(),
        stands: true,
        needed: act.needed,
        proposed_at: now,
        expires_at: now.saturating_add(act.lives),
        executed_at: None,
    };
    row::insert(tx, &proposal).await?;
    let body = json!({ "act": act.name, "digest": proposal.digest, "parameters": parameters });
    record::leave(tx, "proposal.open", &who.name, &proposal.id, now, body).await?;
    Ok(proposal)
}

/// A proposal and how it stands.
///
/// # Errors
/// [`ApprovalError::Unknown`], or the database's refusal.
pub async fn show(
    tx: &mut Tx,
    id: &str,
    now: i64,
) -> Result<(Proposal, Vec<Verdict>, Standing), ApprovalError> {
    load(tx, id, now, false).await
}

/// Approves or rejects what has this digest, for oneself or for an absent person.
///
/// # Errors
/// See [`ApprovalError`]; then nothing is recorded.
pub async fn judge(
    tx: &mut Tx,
    (id, digest): (&str, &str),
    (who, absent): (&Principal, Option<&str>),
    approves: bool,
    now: i64,
) -> Result<(Proposal, Standing), ApprovalError> {
    person(who)?;
    let (proposal, mut verdicts, stands) = load(tx, id, now, true).await?;
    let act = acts::find(&proposal.act).ok_or(ApprovalError::Act)?;
    if digest != proposal.digest {
        return Err(ApprovalError::OtherDigest);
    }
    if !matches!(stands, Standing::Waiting(_)) {
        return Err(ApprovalError::Standing(stands));
    }
    let (role, seat) = match absent {
        None => (who.role, &*who.name),
        Some(absent) => {
            let role = deputies::role_of(tx, absent, &who.name, now).await?;
            (role.ok_or(ApprovalError::NotDeputy)?, absent)
        }
    };
    if !act.approvers.contains(&role) {
        return Err(ApprovalError::Role);
    }
    let taken = |name: &str| {
        let said = verdicts
            .iter()
            .any(|verdict| verdict.person == name || verdict.seat == name);
        said || proposal.proposer == name
    };
    if taken(&who.name) || taken(seat) {
        return Err(ApprovalError::SamePerson);
    }
    let verdict = Verdict {
        person: who.name.to_string(),
        seat: seat.to_owned(),
        approves,
        digest: digest.to_owned(),
        stands: true,
    };
    row::judge(tx, id, &verdict, now).await?;
    let body = json!({ "approves": approves, "digest": digest, "seat": seat });
    record::leave(tx, "proposal.judge", &who.name, id, now, body).await?;
    verdicts.push(verdict);
    let stands = standing(&proposal, &verdicts, now);
    Ok((proposal, stands))
}

/// Takes an approved proposal for execution, once. The act itself goes into the
/// same transaction: either both happen, or neither.
///
/// # Errors
/// See [`ApprovalError`].
pub async fn execute(
    tx: &mut Tx,
    id: &str,
    digest: &str,
    who: &Principal,
    now: i64,
) -> Result<(Proposal, Approved), ApprovalError> {
    person(who)?;
    let (mut proposal, _, stands) = load(tx, id, now, true).await?;
    let act = acts::find(&proposal.act).ok_or(ApprovalError::Act)?;
    if !act.proposers.contains(&who.role) && !act.approvers.contains(&who.role) {
        return Err(ApprovalError::Role);
    }
    if digest != proposal.digest {
        return Err(ApprovalError::OtherDigest);
    }
    carry_out(tx, act, (&mut proposal, stands), &who.name, now)
        .await
        .map(|approved| (proposal, approved))
}

/// Who carries out what was agreed on for a time.
pub const SCHEDULE: &str = "schedule";

/// Takes an approved proposal for execution when its time has come: as [`execute`], by nobody's hand. Whoever
/// proposed and approved must still be of a role that may.
///
/// # Errors
/// See [`ApprovalError`].
pub async fn execute_due(tx: &mut Tx, id: &str, now: i64) -> Result<(Proposal, Approved), ApprovalError> {
    settled(tx, id, SCHEDULE, now).await
}

async fn settled(
    tx: &mut Tx,
    id: &str,
    executor: &str,
    now: i64,
) -> Result<(Proposal, Approved), ApprovalError> {
    let (mut proposal, verdicts, stands) = load(tx, id, now, true).await?;
    let act = acts::find(&proposal.act).ok_or(ApprovalError::Act)?;
    let seats = verdicts
        .iter()
        .map(|verdict| (verdict.seat.as_str(), act.approvers));
    for (name, roles) in std::iter::once((proposal.proposer.as_str(), act.proposers)).chain(seats) {
        // Persons known by a certificate have no account here.
        if let Some(role) = row::role(tx, name).await?
            && !roles.iter().any(|may| may.as_str() == role)
        {
            return Err(ApprovalError::Role);
        }
    }
    carry_out(tx, act, (&mut proposal, stands), executor, now)
        .await
        .map(|approved| (proposal, approved))
}

/// Takes an approved proposal for execution by somebody at the machine, whom no route has signed in: as
/// [`execute_due`], under that name.
///
/// # Errors
/// See [`ApprovalError`].
pub async fn execute_here(
    tx: &mut Tx,
    id: &str,
    executor: &str,
    now: i64,
) -> Result<(Proposal, Approved), ApprovalError> {
    settled(tx, id, executor, now).await
}

/// The proposals of an act that are approved and may still be executed, a hundred at most, the newest first.
///
/// # Errors
/// The database's refusal.
pub async fn approved(tx: &mut Tx, act: &str, now: i64) -> Result<Vec<Proposal>, ApprovalError> {
    let mut approved = Vec::new();
    for proposal in row::alive(tx, act, now).await? {
        let verdicts = row::verdicts(tx, &proposal.id).await?;
        if standing(&proposal, &verdicts, now) == Standing::Approved {
            approved.push(proposal);
        }
    }
    Ok(approved)
}

async fn carry_out(
    tx: &mut Tx,
    act: &'static Act,
    (proposal, stands): (&mut Proposal, Standing),
    executor: &str,
    now: i64,
) -> Result<Approved, ApprovalError> {
    if stands != Standing::Approved {
        return Err(ApprovalError::Standing(stands));
    }
    let approved = stored(act, proposal)?;
    if !row::execute(tx, &proposal.id, executor, now).await? {
        return Err(ApprovalError::Standing(Standing::Executed));
    }
    proposal.executed_at = Some(now);
    let body = json!({ "act": act.name, "digest": proposal.digest, "parameters": approved.parameters });
    record::leave(tx, "proposal.execute", executor, &proposal.id, now, body).await?;
    Ok(approved)
}

/// The stored parameters, if they are what the digest says: a row that was edited
/// after its approval approves nothing.
fn stored(act: &'static Act, proposal: &Proposal) -> Result<Approved, ApprovalError> {
    let parameters: Map<String, Value> = serde_json::from_str(&proposal.parameters)
        .map_err(|_| DbError::Other("a proposal's parameters cannot be read".to_owned()))?;
    let (_, digest) = bind(act.name, &parameters)?;
    if digest != proposal.digest || !act.takes(&parameters) {
        return Err(ApprovalError::OtherDigest);
    }
    Ok(Approved { act, parameters })
}

async fn load(
    tx: &mut Tx,
    id: &str,
    now: i64,
    hold: bool,
) -> Result<(Proposal, Vec<Verdict>, Standing), ApprovalError> {
    let proposal = row::find(tx, id, hold).await?.ok_or(ApprovalError::Unknown)?;
    let verdicts = row::verdicts(tx, id).await?;
    let stands = standing(&proposal, &verdicts, now);
    Ok((proposal, verdicts, stands))
}
