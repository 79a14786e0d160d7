//! An enterprise applies.

use base::problem::Code;
use client::applications::{Application, Apply};
use db::{ConstraintKind, DbError};
use domain::application::ApplicationState;
use domain::codes::ResidentId;
use domain::ids::{ApplicationId, EffectId, FirmId};
use domain::lane::Lane;
use domain::product::{Channel, Method, Product};
use domain::region::Region;
use store::applications::{self, NewApplication};
use store::sealed;

use crate::give_consent::{self, Checked};
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World, firm_keys, parse};

/// The smallest and the largest amount, in fen: 1 yuan and 100 million yuan.
/// Above it the accrual's 64-bit arithmetic would still have a factor of 3,000 to spare.
const AMOUNT: (i64, i64) = (100, 10_000_000_000);

/// Consents in one application: six sources for two purposes.
const MOST_CONSENTS: usize = 12;

struct Parsed {
    firm_id: FirmId,
    product: Product,
    channel: Channel,
    region: Region,
    method: Method,
    consents: Vec<Checked>,
}

fn check<L: Lane>(world: &World<L>, body: &Apply) -> Result<Parsed, Refusal> {
    let product: Product = parse::value("product", &body.product)?;
    let channel: Channel = parse::value("channel", &body.channel)?;
    let _: ResidentId = parse::value("applicant_id", &body.applicant_id)?;
    parse::within("amount", body.amount, AMOUNT.0, AMOUNT.1)?;
    parse::within("term_months", i64::from(body.term_months), 1, 60)?;
    parse::within("turnover", body.turnover, 0, 1_000_000_000_000_000)?;
    parse::text("use_of_funds", &body.use_of_funds, 200)?;
    parse::text("applicant", &body.applicant, 60)?;
    parse::text("address", &body.address, 200)?;
    parse::digits("phone", &body.phone, 11, 11)?;
    parse::tax_number("tax_number", &body.tax_number)?;
    match (product, &body.guarantor) {
        (Product::Guaranteed, None) => {
            return Err(Refusal::field("guarantor", "needed for product guaranteed"));
        }
        (Product::Guaranteed, Some(guarantor)) => parse::text("guarantor", guarantor, 120)?,
        (_, Some(_)) => return Err(Refusal::field("guarantor", "only for product guaranteed")),
        (_, None) => {}
    }
    if body.consents.len() > MOST_CONSENTS {
        return Err(Refusal::field("consents", format!("at most {MOST_CONSENTS}")));
    }
    let minute = world.clock.minute_of_day();
    if channel == Channel::Branch && !world.calendar.branch_open(world.clock.today(), minute) {
        return Err(Refusal::with(
            Code::BranchClosed,
            "branches are open on workdays from 8:30 to 17:00",
        ));
    }
    Ok(Parsed {
        firm_id: body.firm_id.parse().map_err(|_| firm_keys::no_such_firm())?,
        product,
        channel,
        region: parse::value("region", &body.region)?,
        method: parse::value("method", &body.method)?,
        consents: body
            .consents
            .iter()
            .map(|consent| give_consent::check(world, consent))
            .collect::<Result<_, _>>()?,
    })
}

/// Takes an application, with the consents that come with it.
///
/// # Errors
/// A bad field, an unknown firm, a closed branch, closed intake, or the database's refusal.
pub async fn apply<L: Lane>(world: &World<L>, call: Call, body: Apply) -> Result<Answer, Refusal> {
    let parsed = check(world, &body)?;
    let keys = firm_keys::named(world, &parsed.firm_id).await?;
    let id = ApplicationId::from_uuid(world.ids.next());
    let effect = EffectId::from_uuid(world.ids.next());
    let state = ApplicationState::Submitted.as_str();
    let answer = Answer::new(
        201,
        &Application {
            id: id.to_string(),
            state: state.to_owned(),
            amount: body.amount,
            offer: None,
            reasons: Vec::new(),
            task_id: None,
        },
    )?;
    #[cfg(feature = "chaos")]
    let body = Apply {
        amount: crate::failpoint::lose_update(body.amount),
        ..body
    };
    let place = |column| sealed::at(column, id.as_str());
    let use_of_funds = keys.seal(place(&sealed::USE_OF_FUNDS), &body.use_of_funds)?;
    let applicant = keys.seal(place(&sealed::APPLICANT), &body.applicant)?;
    let applicant_id = keys.seal(place(&sealed::APPLICANT_ID), &body.applicant_id)?;
    let phone = keys.seal(place(&sealed::APPLICANT_PHONE), &body.phone)?;
    let address = keys.seal(place(&sealed::ADDRESS), &body.address)?;
    let tax_number = keys.seal(place(&sealed::TAX_NUMBER), &body.tax_number)?;
    let turnover = keys.seal(place(&sealed::TURNOVER), &body.turnover)?;
    let guarantor = body
        .guarantor
        .as_ref()
        .map(|name| keys.seal(place(&sealed::GUARANTOR), name))
        .transpose()?;
    let frame = Frame::new(world, call, "");

    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, Some(&answer)).await? {
                    return Ok(replay);
                }
                let new = NewApplication {
                    id: id.as_str(),
                    firm_id: parsed.firm_id.as_str(),
                    product: parsed.product.as_str(),
                    channel: parsed.channel.as_str(),
                    region: parsed.region.as_str(),
                    amount: body.amount,
                    term_months: body.term_months,
                    method: parsed.method.as_str(),
                    state,
                    use_of_funds: &use_of_funds,
                    applicant: &applicant,
                    applicant_id: &applicant_id,
                    phone: &phone,
                    address: &address,
                    turnover: &turnover,
                    tax_number: &tax_number,
                    guarantor: guarantor.as_ref(),
                    digest: frame.digest(),
                    at: frame.now,
                };
                applications::insert(tx, &new).await.map_err(unknown_firm)?;
                give_consent::record(tx, &frame, &parsed.firm_id, &parsed.consents).await?;
                frame.promise(tx, effect.as_str(), "notice", id.as_str()).await?;
                frame.audit(tx, "apply", id.as_str()).await?;
                Ok(answer)
            })
        })
        .await
}

/// The reference to the firm is the look-up: asking before would cost a statement.
/// A firm may have keys and no row, when its registration was refused.
fn unknown_firm(error: DbError) -> Refusal {
    match error {
        DbError::Constraint {
            kind: ConstraintKind::ForeignKey,
            ..
        } => firm_keys::no_such_firm(),
        other => other.into(),
    }
}
