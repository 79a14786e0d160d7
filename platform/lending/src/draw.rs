//! The customer draws on a contract: phase one of two.
//!
//! Here the draw is recorded and the payment promised; `settle_draw` sends the
//! instruction and books what core banking answers.

use base::problem::Code;
use client::contracts::{Draw as Wire, RequestDraw};
use domain::draw::DrawState;
use domain::ids::{ContractId, DrawId, EffectId};
use domain::lane::Lane;
use store::{contracts, draws};

use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, parse};

/// Requests a draw.
///
/// # Errors
/// A bad field, an unknown contract, too little left of the limit, closed
/// intake, or the database's refusal.
pub async fn draw<L: Lane>(
    world: &World<L>,
    call: Call,
    contract: &str,
    body: RequestDraw,
) -> Result<Answer, Refusal> {
    let contract_id: ContractId = contract.parse()?;
    let amount = parse::within("amount", body.amount, 100, i64::MAX)?;
    let id = DrawId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let state = DrawState::Requested.as_str();
    let answer = Answer::new(
        202,
        &Wire {
            id: id.to_string(),
            state: state.to_owned(),
            amount,
            loan_id: None,
        },
    )?;
    let frame = Frame::new(world, call, contract_id.as_str());
    let answer = world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                if !contracts::take(tx, contract_id.as_str(), amount).await? {
                    return Err(match contracts::find(tx, contract_id.as_str()).await? {
                        None => Refusal::not_found("contract"),
                        Some(_) => Refusal::plain(Code::LimitExceeded),
                    });
                }
                let Some(contract) = contracts::find(tx, contract_id.as_str()).await? else {
                    return Err(Refusal::not_found("contract"));
                };
                let new = draws::Draw {
                    id: id.to_string(),
                    contract_id: contract_id.to_string(),
                    firm_id: contract.firm_id,
                    amount,
                    state: state.to_owned(),
                };
                draws::insert(tx, &new, frame.digest(), frame.now).await?;
                frame.promise(tx, effect.as_str(), "payment", id.as_str()).await?;
                frame.audit(tx, "draw", id.as_str()).await?;
                Ok::<_, Refusal>(answer)
            })
        })
        .await?;
    world.wake.notify_one();
    Ok(answer)
}
