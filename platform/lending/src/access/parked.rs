//! What waited for a reopening and is not wanted any more: draws whose instruction has not left.
//!
//! They are cancelled in the reopening's own transaction, before which none of them can be sent, as their closing
//! stands: after it there is nothing left for the outbox to send.

use base::ids::Ids;
use db::Tx;
use domain::draw::{DrawEvent, DrawState};
use domain::ids::EffectId;
use domain::lane::Lane;
use gate::{Act, Scope};
use store::{contracts, draws, outbox, parked};

use crate::pre_approve::stored;
use crate::{Refusal, World};

/// Where new effects get their ids and lane.
#[derive(Clone)]
pub(super) struct Effects {
    ids: Ids,
    lane: &'static str,
}

impl Effects {
    pub(super) fn of<L: Lane>(world: &World<L>) -> Self {
        Self {
            ids: world.ids.clone(),
            lane: world.lane.name(),
        }
    }
}

/// Cancels the draws that a closing of this scope parked; the limit is free again, and the customer is told. Answers
/// how many.
pub(super) async fn cancel(
    tx: &mut Tx,
    scope: &Scope,
    effects: &Effects,
    now: i64,
) -> Result<usize, Refusal> {
    if !matches!(scope.act, None | Some(Act::Draw)) {
        return Ok(0);
    }
    let parked = parked::of(tx, &scope.conditions()).await?;
    for one in &parked {
        let state: DrawState = stored(&one.draw.state)?;
        state.on(DrawEvent::Fail)?;
        draws::failed(tx, &one.draw.id).await?;
        contracts::give_back(tx, &one.draw.contract_id, one.draw.amount).await?;
        outbox::done(tx, one.effect, now).await?;
        let notice = EffectId::from_uuid(effects.ids.next());
        outbox::insert(tx, notice.as_str(), effects.lane, "notice", &one.draw.id, now).await?;
    }
    Ok(parked.len())
}
