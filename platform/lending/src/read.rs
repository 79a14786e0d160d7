//! Questions: nothing here writes, and intake's state does not matter.

use client::applications::{Application, Offer};
use client::contracts::{Contract, Draw};
use client::firms::{Firm, Masked};
use client::loans::{Instalment, Loan, Payoff, Statement};
use client::renewals::Renewal;
use domain::codes::CreditCode;
use domain::ids::{ApplicationId, ContractId, DrawId, FirmId, LoanId, RenewalId};
use domain::lane::Lane;
use domain::payoff;
use store::{
    applications, contracts, decisions, draws, firms, instalments, loans, offers, outbox, renewals,
    repayments, sealed, tasks,
};
use vault::mask;

mod intake;
mod standing;

pub(crate) use intake::intake_of;
pub use intake::{intake, intake_doubts, intake_history, intake_impact};
pub use standing::{Book, Waiting, book, waiting};

use crate::pre_approve::stored;
use crate::settle_draw::day_number;
use crate::{Refusal, World, ask_renewal, debt, findings, firm_keys, repay, sign};

/// A registered enterprise, what identifies it masked.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn firm<L: Lane>(world: &World<L>, id: &str) -> Result<Firm, Refusal> {
    let id: FirmId = id.parse()?;
    let key = id.to_string();
    let found = world
        .db
        .read(move |tx| Box::pin(async move { firms::find(tx, &key).await }))
        .await?;
    let firm = found.ok_or_else(|| Refusal::not_found("firm"))?;
    let keys = firm_keys::of(world, &id).await?;
    let open = |column, field| keys.open(sealed::at(column, id.as_str()), field);
    let code = open(&sealed::CREDIT_CODE, &firm.credit_code)?;
    let code: CreditCode = crate::pre_approve::stored(&code)?;
    Ok(Firm {
        id: id.to_string(),
        credit_code_masked: code.masked(),
        region: firm.region,
        industry: firm.industry,
        masked: Some(Masked {
            name: mask::name(&open(&sealed::NAME, &firm.name)?),
            contact: mask::name(&open(&sealed::CONTACT, &firm.contact)?),
            contact_id: mask::id_number(&open(&sealed::CONTACT_ID, &firm.contact_id)?),
            phone: mask::phone(&open(&sealed::PHONE, &firm.phone)?),
            account: mask::account(&open(&sealed::ACCOUNT, &firm.account)?),
        }),
    })
}

/// An application with its offer, reasons and task.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn application<L: Lane>(world: &World<L>, id: &str) -> Result<Application, Refusal> {
    let id: ApplicationId = id.parse()?;
    let found = world.db.read(move |tx| {
        Box::pin(async move {
            let Some(application) = applications::find(tx, id.as_str()).await? else {
                return Err(Refusal::not_found("application"));
            };
            let offer = offers::of_application(tx, id.as_str()).await?;
            let task = tasks::of_application(tx, id.as_str()).await?;
            let findings = decisions::findings(tx, id.as_str()).await?;
            let shown = Application {
                id: id.to_string(),
                state: application.state,
                amount: application.amount,
                offer: offer.map(|offer| Offer {
                    id: offer.id,
                    limit: offer.limit,
                    rate_ppm: offer.rate_ppm,
                    expires_at: offer.expires_at / 1_000_000,
                }),
                reasons: Vec::new(),
                task_id: task.map(|task| task.id),
            };
            Ok((shown, application.firm_id, findings))
        })
    });
    let (mut shown, firm, findings) = found.await?;
    if let Some(findings) = findings {
        shown.reasons = findings::reasons(world, &stored(&firm)?, findings).await?;
    }
    Ok(shown)
}

/// A contract.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn contract<L: Lane>(world: &World<L>, id: &str) -> Result<Contract, Refusal> {
    let id: ContractId = id.parse()?;
    let found = world
        .db
        .read(move |tx| Box::pin(async move { contracts::find(tx, id.as_str()).await }))
        .await?;
    found
        .map(|contract| sign::wire(&contract))
        .ok_or_else(|| Refusal::not_found("contract"))
}

/// A draw, with its loan once it is paid.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn draw<L: Lane>(world: &World<L>, id: &str) -> Result<Draw, Refusal> {
    let id: DrawId = id.parse()?;
    world
        .db
        .read(move |tx| {
            Box::pin(async move {
                let Some(draw) = draws::find(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("draw"));
                };
                let loan_id = loans::of_draw(tx, id.as_str()).await?;
                Ok(Draw {
                    id: draw.id,
                    state: draw.state,
                    amount: draw.amount,
                    loan_id,
                })
            })
        })
        .await
}

/// A loan.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn loan<L: Lane>(world: &World<L>, id: &str) -> Result<Loan, Refusal> {
    let id: LoanId = id.parse()?;
    let found = loans::outline(&world.db, id.as_str()).await?;
    let loan = found.ok_or_else(|| Refusal::not_found("loan"))?;
    Ok(Loan {
        id: id.to_string(),
        state: loan.state,
        amount: loan.amount,
        principal: loan.principal,
        interest: loan.interest,
        penalty: loan.penalty,
        rate_ppm: loan.rate_ppm,
        start_date: loan.start_date,
        maturity_date: loan.maturity_date,
    })
}

async fn find_loan<L: Lane>(world: &World<L>, id: &str) -> Result<loans::Loan, Refusal> {
    let id: LoanId = id.parse()?;
    let found = world
        .db
        .read(move |tx| Box::pin(async move { loans::find(tx, id.as_str()).await }))
        .await?;
    found.ok_or_else(|| Refusal::not_found("loan"))
}

fn wire_loan(loan: loans::Loan) -> Loan {
    Loan {
        id: loan.id,
        state: loan.state,
        amount: loan.amount,
        principal: loan.principal,
        interest: loan.interest,
        penalty: loan.penalty,
        rate_ppm: loan.rate_ppm,
        start_date: loan.start_date,
        maturity_date: loan.maturity_date,
    }
}

/// A request for more time.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn renewal<L: Lane>(world: &World<L>, id: &str) -> Result<Renewal, Refusal> {
    let id: RenewalId = id.parse()?;
    let found = world
        .db
        .read(move |tx| Box::pin(async move { renewals::find(tx, id.as_str()).await }))
        .await?;
    found
        .map(ask_renewal::wire)
        .ok_or_else(|| Refusal::not_found("renewal"))
}

/// What early payoff would cost now, on actual days.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn payoff<L: Lane>(world: &World<L>, id: &str) -> Result<Payoff, Refusal> {
    let loan = find_loan(world, id).await?;
    let day = day_number(world.clock.today()).max(loan.accrued_to);
    let quote = payoff::quote(&debt::position(&loan)?, repay::date_of(day)?)
        .map_err(|error| Refusal::internal(&error))?;
    Ok(Payoff {
        principal: quote.principal.as_fen(),
        interest: quote.interest.as_fen(),
        penalty: quote.penalty.as_fen(),
        total: quote.total.as_fen(),
    })
}

/// A loan with its schedule and repayments, from one snapshot.
///
/// # Errors
/// An unknown id, or the database's refusal.
pub async fn statement<L: Lane>(world: &World<L>, id: &str) -> Result<Statement, Refusal> {
    let id: LoanId = id.parse()?;
    world
        .db
        .read(move |tx| {
            Box::pin(async move {
                let Some(loan) = loans::find(tx, id.as_str()).await? else {
                    return Err(Refusal::not_found("loan"));
                };
                let lines = instalments::of_loan(tx, id.as_str()).await?;
                let paid = repayments::of_loan(tx, id.as_str()).await?;
                let repayments = paid.iter().map(|one| repay::wire(one, &loan.state)).collect();
                Ok(Statement {
                    loan: wire_loan(loan),
                    instalments: lines.into_iter().map(wire_line).collect(),
                    repayments,
                })
            })
        })
        .await
}

fn wire_line(line: instalments::Instalment) -> Instalment {
    Instalment {
        number: u32::try_from(line.number).unwrap_or(u32::MAX),
        due_date: line.due_date,
        principal: line.principal,
        interest: line.interest,
        principal_paid: line.principal_paid,
        interest_paid: line.interest_paid,
        state: line.state,
    }
}

/// What the outbox holds, for metrics: waiting, given up, age of the oldest in seconds.
///
/// # Errors
/// The database's refusal.
pub async fn backlog<L: Lane>(world: &World<L>) -> Result<(i64, i64, i64), Refusal> {
    let (pending, dead, oldest) = world
        .db
        .read(|tx| Box::pin(async move { outbox::backlog(tx).await }))
        .await?;
    let now = world.clock.now_micros();
    Ok((
        pending,
        dead,
        oldest.map_or(0, |at| now.saturating_sub(at).max(0) / 1_000_000),
    ))
}
