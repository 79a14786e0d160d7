//! The customer signs the contract: the bank becomes bound.

use base::problem::Code;
use client::contracts::Contract as Wire;
use domain::application::{ApplicationEvent, ApplicationState};
use domain::contract::ContractState;
use domain::ids::{ApplicationId, ContractId, EffectId};
use domain::lane::Lane;
use domain::offer::{OfferEvent, OfferState};
use store::{applications, contracts, offers};

use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Answer, Call, Refusal, World};

/// Signs the contract of an approved application, on the terms of its offer. An
/// offer that officers made is taken by signing, as long as it stands.
///
/// # Errors
/// An unknown application, a state that does not allow it, an expired offer,
/// closed intake, or the database's refusal.
pub async fn sign<L: Lane>(world: &World<L>, call: Call, id: &str) -> Result<Answer, Refusal> {
    let id: ApplicationId = id.parse()?;
    let contract_id = ContractId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let frame = Frame::new(world, call, id.as_str());
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let Some(application) = applications::hold(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("application"));
                };
                let next = stored::<ApplicationState>(&application.state)?.on(ApplicationEvent::Sign)?;
                let Some(offer) = offers::of_application(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("offer"));
                };
                let offer_state: OfferState = stored(&offer.state)?;
                if offer_state != OfferState::Accepted {
                    let taken = offer_state.on(OfferEvent::Accept)?;
                    if offer.expires_at <= frame.now {
                        return Err(Refusal::plain(Code::OfferExpired));
                    }
                    offers::set_state(tx, &offer.id, taken.as_str()).await?;
                }
                let contract = contracts::Contract {
                    id: contract_id.to_string(),
                    application_id: id.to_string(),
                    firm_id: application.firm_id,
                    product: application.product,
                    limit: offer.limit,
                    drawn: 0,
                    rate_ppm: offer.rate_ppm,
                    term_months: application.term_months,
                    method: application.method,
                    state: ContractState::Signed.as_str().to_owned(),
                };
                contracts::insert(tx, &contract, frame.digest(), frame.now).await?;
                applications::set_state(tx, id.as_str(), next.as_str(), frame.now).await?;
                let answer = Answer::new(201, &wire(&contract))?;
                frame
                    .promise(tx, effect.as_str(), "notice", contract_id.as_str())
                    .await?;
                frame.audit(tx, "sign", contract_id.as_str()).await?;
                frame.answer(tx, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

/// A contract as it is answered.
pub(crate) fn wire(contract: &contracts::Contract) -> Wire {
    Wire {
        id: contract.id.clone(),
        state: contract.state.clone(),
        limit: contract.limit,
        drawn: contract.drawn,
        rate_ppm: contract.rate_ppm,
    }
}
