//! Phase two of a draw: the instruction leaves, core banking answers, the loan
//! is booked.
//!
//! `requested → sent` commits before the instruction leaves, and is gated. From
//! then on the draw is existing business: the instruction is repeated under the
//! same reference, at which core banking pays once, until its outcome is known.
//! It leaves only once that is kept where a restore of the database can't undo it.

use base::clock;
use base::problem::Code;
use db::Tx;
use domain::draw::{DrawEvent, DrawState};
use domain::ids::{EffectId, EntryId, FirmId, LoanId, tail};
use domain::lane::Lane;
use domain::loan::LoanState;
use domain::money::Money;
use domain::product::Method;
use domain::rate::Rate;
use domain::schedule;
use jiff::civil::Date;
use sources::{Instruction, PaymentOutcome};
use store::ledger::Entry;
use store::{contracts, draws, firms, instalments, ledger as books, loans, outbox, recovery, sealed};
use vault::Sealed;

use crate::ledger::{CLEARING, PRINCIPAL, transfer};
use crate::pre_approve::stored;
use crate::{Refusal, World, firm_keys};

/// What became of one attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Paid or failed for good; the effect is done.
    Done,
    /// Intake is closed and nothing has left: wait for the reopening.
    Parked,
    /// The outcome at core banking is unknown: ask again.
    Unknown,
}

/// Tries to settle a draw once.
pub(crate) async fn settle<L: Lane>(world: &World<L>, effect: i64, draw: &str) -> Result<Settled, Refusal> {
    let (amount, account, sent_at) = match send(world, effect, draw.to_owned()).await {
        Ok(Some(instruction)) => instruction,
        Ok(None) => return Ok(Settled::Done),
        Err(refusal) if refusal.code == Code::IntakeClosed => return Ok(Settled::Parked),
        Err(refusal) => return Err(refusal),
    };
    keep(world, draw, sent_at).await?;
    let instruction = Instruction {
        reference: draw.to_owned(),
        amount: Money::fen(amount),
        account,
    };
    match world.core.pay(&instruction).await {
        Ok(PaymentOutcome::Paid { reference }) => {
            book(world, effect, draw.to_owned(), reference).await?;
        }
        Ok(PaymentOutcome::Refused { .. }) => refuse(world, effect, draw.to_owned()).await?,
        Err(error) => {
            tracing::warn!(%error, draw = tail(draw), "the outcome at core banking is unknown");
            return Ok(Settled::Unknown);
        }
    }
    Ok(Settled::Done)
}

/// Returns once it is kept outside of the database, where anything is, that the instruction leaves.
async fn keep<L: Lane>(world: &World<L>, draw: &str, at: i64) -> Result<(), Refusal> {
    let Some(outside) = &world.outside else {
        return Ok(());
    };
    outside.sent(draw.parse()?, at).await.map_err(|error| {
        tracing::warn!(%error, draw = tail(draw), "a payment instruction stays here: the recovery journal does not have it");
        Refusal::plain(Code::Unavailable)
    })
}

/// Marks the draw as sent; answers amount, account and since when, or nothing if it is settled already.
///
/// Should the key store not answer then, nothing has left: the draw is tried again.
async fn send<L: Lane>(
    world: &World<L>,
    effect: i64,
    draw: String,
) -> Result<Option<(i64, String, i64)>, Refusal> {
    let Some((marked, sent_at)) = mark_sent(world, effect, draw).await? else {
        return Ok(None);
    };
    let (amount, firm, account) = marked;
    let firm: FirmId = stored(&firm)?;
    let keys = firm_keys::of(world, &firm).await?;
    let account = keys.open(sealed::at(&sealed::ACCOUNT, firm.as_str()), &account)?;
    Ok(Some((amount, account, sent_at)))
}

/// Amount, firm and account.
type Marked = (i64, String, Sealed<String>);

async fn mark_sent<L: Lane>(
    world: &World<L>,
    effect: i64,
    draw: String,
) -> Result<Option<(Marked, i64)>, Refusal> {
    let now = world.clock.now_micros();
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(found) = draws::hold(tx, &draw).await? else {
                    outbox::dead(tx, effect, "no such draw").await?;
                    return Ok(None);
                };
                let sent_at = match stored::<DrawState>(&found.state)? {
                    state @ DrawState::Requested => {
                        state.on(DrawEvent::Send)?;
                        draws::sent(tx, &draw, now).await?;
                        now
                    }
                    DrawState::Sent => recovery::sent_at(tx, &draw).await?.unwrap_or(now),
                    DrawState::Paid | DrawState::Failed => {
                        outbox::done(tx, effect, now).await?;
                        return Ok(None);
                    }
                };
                let Some(firm) = firms::find(tx, &found.firm_id).await? else {
                    return Err(Refusal::not_found("firm"));
                };
                Ok(Some(((found.amount, found.firm_id, firm.account), sent_at)))
            })
        })
        .await
}

/// Core banking paid: draw, loan, schedule and ledger entry commit together.
async fn book<L: Lane>(
    world: &World<L>,
    effect: i64,
    draw: String,
    reference: String,
) -> Result<(), Refusal> {
    let now = world.clock.now_micros();
    let today = clock::china(world.clock.now()).date();
    let loan = LoanId::from_uuid(world.ids.next());
    let entry = EntryId::from_uuid(world.ids.next());
    let notice = EffectId::from_uuid(world.ids.next());
    let lane = world.lane.name();
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(found) = draws::hold(tx, &draw).await? else {
                    return Err(Refusal::not_found("draw"));
                };
                let state: DrawState = stored(&found.state)?;
                outbox::done(tx, effect, now).await?;
                if state == DrawState::Paid {
                    return Ok(());
                }
                state.on(DrawEvent::Pay)?;
                draws::paid(tx, &draw, &reference, now).await?;
                open_loan(tx, &loan, &found, today).await?;
                let head = Entry {
                    id: entry.as_str(),
                    kind: "disbursement",
                    reference: &draw,
                    business_date: &today.to_string(),
                    reverses: None,
                    firm_id: &found.firm_id,
                    loan_id: loan.as_str(),
                    currency: "CNY",
                    at: now,
                };
                books::post(tx, &head, &transfer(PRINCIPAL, CLEARING, found.amount)).await?;
                outbox::insert(tx, notice.as_str(), lane, "notice", loan.as_str(), now).await?;
                Ok(())
            })
        })
        .await
}

async fn open_loan(tx: &mut Tx, id: &LoanId, draw: &draws::Draw, today: Date) -> Result<(), Refusal> {
    let Some(contract) = contracts::find(tx, &draw.contract_id).await? else {
        return Err(Refusal::not_found("contract"));
    };
    let method: Method = stored(&contract.method)?;
    let rate = Rate::ppm(contract.rate_ppm).map_err(|error| Refusal::internal(&error))?;
    let lines = schedule::build(method, Money::fen(draw.amount), rate, today, contract.term_months)
        .map_err(|error| Refusal::internal(&error))?;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Err(Refusal::internal(&"an empty schedule"));
    };
    let loan = loans::Loan {
        id: id.to_string(),
        draw_id: Some(draw.id.clone()),
        contract_id: draw.contract_id.clone(),
        firm_id: draw.firm_id.clone(),
        product: contract.product,
        currency: "CNY".to_owned(),
        state: LoanState::Active.as_str().to_owned(),
        amount: draw.amount,
        rate_ppm: contract.rate_ppm,
        method: contract.method,
        term_months: contract.term_months,
        start_date: today.to_string(),
        maturity_date: last.due.to_string(),
        principal: draw.amount,
        interest: 0,
        penalty: 0,
        overdue_principal: 0,
        overdue_interest: 0,
        interest_carry: 0,
        penalty_carry: 0,
        accrued_to: day_number(today),
        next_due_day: day_number(first.due),
    };
    loans::insert(tx, &loan).await?;
    write_lines(tx, id.as_str(), &lines).await
}

/// The lines of a loan that begins.
pub(crate) async fn write_lines(
    tx: &mut Tx,
    loan: &str,
    lines: &[schedule::Instalment],
) -> Result<(), Refusal> {
    for line in lines {
        let row = instalments::Instalment {
            number: i64::from(line.number),
            due_date: line.due.to_string(),
            due_day: day_number(line.due),
            principal: line.principal.as_fen(),
            interest: line.interest.as_fen(),
            principal_paid: 0,
            interest_paid: 0,
            state: "open".to_owned(),
        };
        instalments::insert(tx, loan, &row).await?;
    }
    Ok(())
}

/// Core banking refused: nothing was paid, and the limit is free again.
async fn refuse<L: Lane>(world: &World<L>, effect: i64, draw: String) -> Result<(), Refusal> {
    let now = world.clock.now_micros();
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(found) = draws::hold(tx, &draw).await? else {
                    return Err(Refusal::not_found("draw"));
                };
                outbox::done(tx, effect, now).await?;
                let state: DrawState = stored(&found.state)?;
                if state != DrawState::Failed {
                    state.on(DrawEvent::Fail)?;
                    draws::failed(tx, &draw).await?;
                    contracts::give_back(tx, &found.contract_id, found.amount).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    date.duration_since(epoch).as_hours() / 24
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_are_numbered_from_the_epoch() {
        assert_eq!(super::day_number(jiff::civil::date(1970, 1, 2)), 1);
        assert_eq!(super::day_number(jiff::civil::date(2026, 3, 1)), 20_513);
    }
}
