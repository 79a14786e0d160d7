//! How intake stands, what was done to it, what a closing touches.

use client::operations::{
    Impact, ImpactGroup, ImpactItem, Intake, IntakeDoubts, IntakeHistory, IntakeMove, ShutScope,
};
use domain::lane::Lane;
use gate::{GateError, Scope, Status};

use crate::settle_doubt::wire_doubt;
use crate::{Refusal, World};

/// How intake stands, as the database says.
///
/// # Errors
/// The database's refusal; then nobody knows, and intake counts as closed.
pub async fn intake<L: Lane>(world: &World<L>, _: &str) -> Result<Intake, Refusal> {
    intake_of(world, &Scope::everything()).await
}

/// How one scope stands, and which others are not open.
pub(crate) async fn intake_of<L: Lane>(world: &World<L>, scope: &Scope) -> Result<Intake, Refusal> {
    let scopes = gate::scopes(&world.db).await?;
    wire_intake(scopes, scope).ok_or_else(|| Refusal::internal(&GateError::NoRow))
}

/// What operators did to the gate, the newest 200 moves.
///
/// # Errors
/// The database's refusal.
pub async fn intake_history<L: Lane>(world: &World<L>) -> Result<IntakeHistory, Refusal> {
    let moves = gate::history(&world.db, 200).await?.into_iter();
    let moves = moves.map(|one| IntakeMove {
        number: one.number,
        scope: one.scope.to_string(),
        clause: one.clause,
        until: one.until,
        state: one.state.as_str().to_owned(),
        epoch: one.epoch,
        reason: one.reason,
        actor: one.actor,
        incident: one.incident,
        terminated: u32::try_from(one.terminated.len()).unwrap_or(u32::MAX),
        approval: one.approval,
        at: one.at,
    });
    Ok(IntakeHistory {
        moves: moves.collect(),
    })
}

/// In which transactions that closings ended money may have moved, and what was found; 200 at most.
///
/// # Errors
/// The database's refusal.
pub async fn intake_doubts<L: Lane>(world: &World<L>) -> Result<IntakeDoubts, Refusal> {
    let doubts = gate::doubts::doubts(&world.db, 200).await?;
    Ok(IntakeDoubts {
        doubts: doubts.into_iter().map(wire_doubt).collect(),
    })
}

/// What a closing touches, at most 200 of each group by name.
///
/// # Errors
/// The database's refusal.
pub async fn intake_impact<L: Lane>(world: &World<L>, scope: Option<&str>) -> Result<Impact, Refusal> {
    let scope = scope.map_or(Ok(Scope::everything()), crate::intake::scope)?;
    let (status, groups) = gate::impact(&world.db, &scope, 200).await?;
    let item = |item: gate::Item| ImpactItem {
        id: item.id,
        firm_id: item.firm_id,
        amount: item.amount,
    };
    let group = |group: gate::Group| ImpactGroup {
        what: group.what.to_owned(),
        state: group.state.to_owned(),
        fate: group.fate.as_str().to_owned(),
        count: group.count,
        amount: group.amount,
        items: group.items.into_iter().map(item).collect(),
    };
    Ok(Impact {
        scope: scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        groups: groups.into_iter().map(group).collect(),
    })
}

fn wire_intake(scopes: Vec<Status>, scope: &Scope) -> Option<Intake> {
    let (of, others): (Vec<_>, Vec<_>) = scopes.into_iter().partition(|one| one.scope == *scope);
    let shut = others.into_iter().filter(|one| one.state != gate::State::Open);
    let status = of.into_iter().next()?;
    Some(Intake {
        scope: status.scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        reason: status.reason,
        actor: status.actor,
        incident: status.incident,
        clause: status.clause,
        until: status.until,
        changed_at: status.changed_at,
        terminated: 0,
        shut: shut.map(wire_shut).collect(),
    })
}

fn wire_shut(status: Status) -> ShutScope {
    ShutScope {
        scope: status.scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        reason: status.reason,
        actor: status.actor,
        clause: status.clause,
        until: status.until,
        changed_at: status.changed_at,
    }
}
