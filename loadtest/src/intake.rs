//! The journey of a new customer: from registration to a loan that is being repaid.

use std::time::{Duration, Instant};

use client::applications::{Application, Verdict};
use client::contracts::{Contract, Draw, RequestDraw};
use client::firms::{Consent, Firm};
use client::http::Request;
use domain::product::{Purpose, Source};
use population::firm::SimFirm;

use crate::bodies;
use crate::customer::Customer;
use crate::existing;
use crate::pool::LiveLoan;
use crate::tokens::Bearer::{Channel, Officer1, Officer2};
use crate::verb::Verb;

/// First and longest wait between two looks at a draw: the stand-in pays
/// within milliseconds, a slow one within seconds.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

/// Walks the whole path once. It ends early where the bank says no, where the
/// outcome stays open, or where the run ends; waits where intake is closed.
pub async fn journey(me: &mut Customer) -> Option<()> {
    let shared = me.shared();
    let Some(firm) = shared.firms.next() else {
        // Everyone has registered; who is left looks after loans.
        existing::round(me).await;
        return None;
    };
    let firm_id = register(me, &firm).await?;
    let application = apply(me, &firm, &firm_id).await?;
    let asked = application.amount;
    let (application, verdict) = match decide(me, application).await? {
        Decided::Offered(application) => (accept(me, &application.id).await?, bodies::yes()),
        Decided::Referred(application) => (
            take_up(me, &application.id).await?,
            bodies::yes_to(asked, me.choices()),
        ),
    };
    approve(me, &application, &verdict).await?;
    let contract = sign(me, &application.id).await?;
    // Most take the whole limit, some half of it and the rest later.
    let half = me.chance(15) && contract.limit > 1;
    let first = if half { contract.limit / 2 } else { contract.limit };
    let rest = contract.limit - first;
    for amount in [first, rest].into_iter().filter(|amount| *amount > 0) {
        let loan_id = draw(me, &contract.id, amount).await?;
        let loan = LiveLoan {
            id: loan_id,
            contract_id: contract.id.clone(),
            application_id: application.id.clone(),
            firm_id: firm_id.clone(),
            principal: amount,
            repayments: 0,
        };
        existing::welcome(me, loan).await;
    }
    Some(())
}

async fn register(me: &mut Customer, firm: &SimFirm) -> Option<String> {
    let request = Request::<Firm>::register_firm(&me.key(), &bodies::register(firm));
    let firm = me.write_plain(Verb::Register, Channel, &request).await?;
    Some(firm.id)
}

/// Applies. Most give their consents with the application, some before it;
/// some also consent to checks after the loan, and some of those think better of it.
async fn apply(me: &mut Customer, firm: &SimFirm, firm_id: &str) -> Option<Application> {
    let mut inline = bodies::consents(Source::ALL.len());
    if me.chance(10) {
        for consent in inline.drain(..) {
            let request = Request::<Consent>::give_consent(&me.key(), firm_id, &consent);
            me.write_plain(Verb::Consent, Channel, &request).await?;
        }
    }
    if me.chance(10) {
        let later = bodies::consent(Source::Invoices, Purpose::PostLoan);
        let request = Request::<Consent>::give_consent(&me.key(), firm_id, &later);
        let given = me.write_plain(Verb::Consent, Channel, &request).await?;
        if me.chance(50) {
            let request = Request::<Consent>::revoke_consent(&me.key(), &given.id);
            me.write_plain(Verb::Revoke, Channel, &request).await?;
        }
    }
    let body = bodies::apply(firm, firm_id, inline, me.choices());
    me.is_about(bodies::place(&body));
    me.write_gated(Verb::Apply, Channel, |key| {
        Request::<Application>::apply(key, &body)
    })
    .await
}

/// What pre-approval leads to, where it leads on.
enum Decided {
    /// The rules made an offer.
    Offered(Application),
    /// An officer has to look.
    Referred(Application),
}

/// Asks for the pre-approval.
async fn decide(me: &mut Customer, application: Application) -> Option<Decided> {
    let id = application.id;
    let decided = me
        .write_gated(Verb::PreApprove, Channel, |key| {
            Request::<Application>::pre_approve(key, &id)
        })
        .await?;
    match decided.state.as_str() {
        "pre_approved" => Some(Decided::Offered(decided)),
        "in_review" => Some(Decided::Referred(decided)),
        // Declined.
        _ => None,
    }
}

/// Accepts the offer; gives the application with its task.
async fn accept(me: &mut Customer, id: &str) -> Option<Application> {
    let request = Request::<Application>::accept(&me.key(), id);
    me.write_plain(Verb::Accept, Channel, &request).await
}

/// An officer takes the application up; gives it with its task.
async fn take_up(me: &mut Customer, id: &str) -> Option<Application> {
    let request = Request::<Application>::take_up(&me.key(), id);
    me.write_plain(Verb::TakeUp, Officer1, &request).await
}

/// The officers' part: report, first verdict, second verdict.
async fn approve(me: &mut Customer, application: &Application, yes: &Verdict) -> Option<()> {
    let task = application.task_id.as_deref()?;
    let request = Request::<Application>::report(&me.key(), task, &bodies::report());
    me.write_plain(Verb::Report, Officer1, &request).await?;
    let request = Request::<Application>::approve(&me.key(), &application.id, yes);
    me.write_plain(Verb::FirstApproval, Officer1, &request).await?;
    let second = |key: &str| Request::<Application>::approve(key, &application.id, yes);
    let decided = me.write_gated(Verb::Approve, Officer2, second).await?;
    (decided.state == "approved").then_some(())
}

async fn sign(me: &mut Customer, application_id: &str) -> Option<Contract> {
    let request = |key: &str| Request::<Contract>::sign(key, application_id);
    me.write_gated(Verb::Sign, Channel, request).await
}

/// Draws, and waits for the money; gives the loan.
async fn draw(me: &mut Customer, contract_id: &str, amount: i64) -> Option<String> {
    let body = RequestDraw { amount };
    let request = |key: &str| Request::<Draw>::request_draw(key, contract_id, &body);
    let draw = me.write_gated(Verb::Draw, Channel, request).await?;
    let patience = me.shared().patience;
    let begun = Instant::now();
    let mut wait = LOOKS.0;
    let look = Request::<Draw>::draw(&draw.id);
    while begun.elapsed() < patience && !me.stopping() {
        me.pause(wait).await;
        wait = (wait * 2).min(LOOKS.1);
        if let Some(draw) = me.read(Verb::DrawStatus, &look).await {
            match (draw.loan_id, draw.state.as_str()) {
                (Some(loan_id), _) => return Some(loan_id),
                (None, "failed") => return None,
                (None, _) => {}
            }
        }
    }
    None
}
