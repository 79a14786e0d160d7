//! Existing business: on loans that exist, whether intake is open or closed.

use std::time::Duration;

use client::applications::Application;
use client::contracts::Contract;
use client::firms::Firm;
use client::http::Request;
use client::loans::{Loan, Payoff, Repay, Repayment, Statement};
use rand::Rng;

use crate::customer::{Customer, Settled};
use crate::pool::LiveLoan;
use crate::tokens::Bearer::Channel;
use crate::verb::Verb;

/// Repayments after which a loan is paid off: a statement shows two hundred,
/// and a customer of many years has not made more.
const MOST_REPAYMENTS: u32 = 150;
/// How long a customer waits who has no loan yet.
const NO_LOAN: Duration = Duration::from_millis(50);

/// Takes in a new loan: looks at it, and pays a few off at once, which keeps
/// early payoff among what is loaded.
pub async fn welcome(me: &mut Customer, loan: LiveLoan) {
    me.read(Verb::Loan, &Request::<Loan>::loan(&loan.id)).await;
    me.read(Verb::LookUp, &Request::<Contract>::contract(&loan.contract_id))
        .await;
    if me.chance(10) && me.shared().pool.can_spare_one() {
        pay_off(me, loan).await;
    } else {
        put_back(me, loan).await;
    }
}

/// One of the things that borrowers do, as often as they do it.
pub async fn round(me: &mut Customer) {
    match me.choices().random_range(0..100) {
        0..45 => repay(me).await,
        45..75 => look(me).await,
        75..87 => statement(me).await,
        _ => quote(me).await,
    }
}

/// Repays one to three percent of what is left.
pub async fn repay(me: &mut Customer) {
    let Some(mut loan) = take(me).await else { return };
    let share = me.choices().random_range(10..=30);
    let amount = (loan.principal / 1_000 * share).clamp(1, loan.principal);
    let request = Request::<Repayment>::repay(&me.key(), &loan.id, &Repay { amount });
    loan.repayments += 1;
    match me.write(Verb::Repay, Channel, &request).await {
        Settled::Yes(booked) => {
            // The whole amount comes off, though some of it paid interest: what
            // the customer believes to owe may only be too little.
            loan.principal -= amount;
            if booked.loan_state == "settled" {
                return;
            }
        }
        // It may have been booked.
        Settled::Open => loan.principal -= amount,
        Settled::Closed(_) | Settled::No => {
            let known = me.read(Verb::Loan, &Request::<Loan>::loan(&loan.id)).await;
            match known {
                Some(known) if known.principal > 0 => loan.principal = known.principal,
                Some(_) => return,
                None => {}
            }
        }
    }
    if loan.principal <= 0 || loan.repayments >= MOST_REPAYMENTS {
        pay_off(me, loan).await;
    } else {
        put_back(me, loan).await;
    }
}

/// Reads the loan, and sometimes what it came from.
pub async fn look(me: &mut Customer) {
    let Some(loan) = take(me).await else { return };
    me.read(Verb::Loan, &Request::<Loan>::loan(&loan.id)).await;
    match me.choices().random_range(0..20) {
        0 => drop(me.read(Verb::LookUp, &Request::<Firm>::firm(&loan.firm_id)).await),
        1 => {
            let request = Request::<Application>::application(&loan.application_id);
            drop(me.read(Verb::LookUp, &request).await);
        }
        _ => {}
    }
    put_back(me, loan).await;
}

/// Reads the statement.
pub async fn statement(me: &mut Customer) {
    let Some(loan) = take(me).await else { return };
    me.read(Verb::Statement, &Request::<Statement>::statement(&loan.id))
        .await;
    put_back(me, loan).await;
}

/// Asks what early payoff would cost; some then pay.
pub async fn quote(me: &mut Customer) {
    let Some(loan) = take(me).await else { return };
    me.read(Verb::Quote, &Request::<Payoff>::payoff_quote(&loan.id))
        .await;
    if me.chance(10) && me.shared().pool.can_spare_one() {
        pay_off(me, loan).await;
    } else {
        put_back(me, loan).await;
    }
}

async fn take(me: &mut Customer) -> Option<LiveLoan> {
    let shared = me.shared();
    let loan = shared.pool.take(me.choices());
    if loan.is_none() {
        me.pause(NO_LOAN).await;
    }
    loan
}

/// Puts a loan back; where the pool is full, it is paid off.
async fn put_back(me: &mut Customer, loan: LiveLoan) {
    if let Some(loan) = me.shared().pool.put(loan) {
        pay_off(me, loan).await;
    }
}

async fn pay_off(me: &mut Customer, loan: LiveLoan) {
    let request = Request::<Repayment>::pay_off(&me.key(), &loan.id);
    drop(me.write(Verb::PayOff, Channel, &request).await);
}
