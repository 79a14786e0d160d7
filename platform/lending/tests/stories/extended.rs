//! An extended loan is existing business like any other, to its end: what accrues day by day is what its new
//! schedule says, and the books balance.

use std::collections::BTreeMap;

use auth::{Kind, Role};
use client::loans::{Instalment, Repay, Repayment, Statement};
use client::operations::Reverse;
use client::renewals::{AskExtension, DecideRenewal, Renewal};
use domain::lane::Live;
use domain::product::Method;
use jiff::ToSpan;
use jiff::civil::Date;
use laws::verdict::{Ruling, Verdict};
use lending::{Call, World};

use crate::fixture::{FIRST, Fixture, by_hand, each};
use crate::world::world;

pub(crate) const DAY: i64 = 86_400_000_000;

pub(crate) fn loan(n: i64) -> String {
    format!("lon_{n:032x}")
}

pub(crate) fn by(principal: &str, role: Role, kind: Kind, key: &str) -> Call {
    Call {
        principal: principal.into(),
        role,
        kind,
        key: key.into(),
        route: "a route of the test's",
        digest: format!("digest of {key}"),
    }
}

/// The customer's front end.
pub(crate) fn channel(key: &str) -> Call {
    by("channel", Role::Channel, Kind::Service, key)
}

/// An officer.
pub(crate) fn officer(name: &str, key: &str) -> Call {
    by(name, Role::Officer, Kind::Person, key)
}

/// The customer asks, and `ann` grants it.
pub(crate) async fn extend(world: &World<Live>, n: i64, months: u32, key: &str) -> Renewal {
    let body = AskExtension {
        months,
        guarantor_agrees: false,
    };
    let asked = lending::ask_extension(world, channel(&format!("ask {key}")), &loan(n), body)
        .await
        .unwrap();
    let asked: Renewal = serde_json::from_str(&asked.json).unwrap();
    let yes = DecideRenewal {
        verdict: "grant".into(),
    };
    let call = officer("ann", &format!("grant {key}"));
    let granted = lending::decide_renewal(world, call, &asked.id, yes)
        .await
        .unwrap();
    serde_json::from_str(&granted.json).unwrap()
}

/// Law 3, as an audit judges it from outside.
pub(crate) async fn books(store: &Fixture) -> Ruling {
    let journal = laws::journal::Journal::default();
    let mut rulings = laws::audit(&store.url, &journal, &[], laws::Minimums::ANY)
        .await
        .unwrap();
    rulings.remove(2)
}

pub(crate) async fn statement(world: &World<Live>, n: i64) -> Statement {
    lending::read::statement(world, &loan(n)).await.unwrap()
}

/// What is due of a loan now.
pub(crate) fn due(statement: &Statement) -> i64 {
    let due = statement.instalments.iter().filter(|line| line.state == "due");
    due.map(|line| line.principal - line.principal_paid + line.interest - line.interest_paid)
        .sum()
}

pub(crate) async fn pay(world: &World<Live>, n: i64, amount: i64, key: &str) -> Repayment {
    let paid = lending::repay(world, channel(key), &loan(n), Repay { amount })
        .await
        .unwrap();
    serde_json::from_str(&paid.json).unwrap()
}

/// Pays what is due, then lets the day end; the clock stands at the next one afterwards.
pub(crate) async fn live_a_day(store: &Fixture, world: &World<Live>, day: i64, loans: &[i64]) {
    for n in loans {
        let amount = due(&statement(world, *n).await);
        if amount > 0 {
            pay(world, *n, amount, &format!("due {n} {day}")).await;
        }
    }
    let date = FIRST.checked_add(day.days()).unwrap();
    lending::run_day(&store.db, &store.clock, date, by_hand(), |_| {})
        .await
        .unwrap();
    store.hand.advance_micros(DAY);
}

/// Interest that the schedule tells of lines that are not due yet.
fn told(lines: &[Instalment]) -> BTreeMap<u32, i64> {
    let open = lines.iter().filter(|line| line.state == "open");
    open.map(|line| (line.number, line.interest)).collect()
}

/// By each method, paid early in part or not, extended in the middle of a period and once more after that.
#[tokio::test(flavor = "multi_thread")]
async fn every_day_to_its_end_accrues_what_its_schedule_says() {
    const LOANS: &[i64] = &[1, 2, 3, 4];
    for store in each().await {
        for (n, method) in [
            (1, Method::EqualInstalment),
            (2, Method::EqualPrincipal),
            (3, Method::InterestFirst),
            (4, Method::EqualInstalment),
        ] {
            store.lend_as(n, "micro", method, 3).await;
        }
        let world = world(&store);
        let mut told_of: BTreeMap<(i64, u32), i64> = BTreeMap::new();
        let mut due_as_told = 0;
        for day in 0..220 {
            match day {
                // Some principal early, of the last instalments.
                20 => drop(pay(&world, 4, 500_000, "early").await),
                45 => {
                    for n in LOANS {
                        let granted = extend(&world, *n, 2, &format!("first {n}")).await;
                        assert_eq!(granted.state, "granted");
                        assert_eq!(granted.old_maturity_date, "2026-06-02");
                        assert_eq!(granted.new_maturity_date, "2026-08-02");
                    }
                }
                100 => drop(extend(&world, 2, 1, "second").await),
                _ => {}
            }
            if day == 45 || day == 100 {
                for n in LOANS {
                    let shown = statement(&world, *n).await;
                    assert_eq!(
                        shown.loan.maturity_date,
                        shown.instalments.last().unwrap().due_date
                    );
                    let open = told(&shown.instalments).into_iter();
                    told_of.extend(open.map(|(number, interest)| ((*n, number), interest)));
                }
                assert_eq!(books(&store).await.verdict, Verdict::Held);
            }
            for n in LOANS {
                for line in statement(&world, *n).await.instalments {
                    if line.state == "due" {
                        let told = told_of.remove(&(*n, line.number));
                        due_as_told += u32::from(told.is_some());
                        assert!(
                            told.is_none_or(|told| told == line.interest),
                            "loan {n}, line {}: told {told:?}, due {}",
                            line.number,
                            line.interest
                        );
                    }
                }
            }
            live_a_day(&store, &world, day, LOANS).await;
        }
        // Three months and two more, of which one was over: four lines each, and one more of the second loan.
        assert_eq!(due_as_told, 4 * 4 + 1);
        assert!(told_of.is_empty(), "{told_of:?}");
        for n in LOANS {
            let ended = statement(&world, *n).await;
            assert_eq!(ended.loan.state, "settled", "{n}");
            let months = if *n == 2 { 6 } else { 5 };
            assert_eq!(ended.instalments.len(), months);
            assert!(ended.instalments.iter().all(|line| line.state == "paid"));
        }
        let books = books(&store).await;
        assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
        assert_eq!(books.evidence["extensions_granted"], 5);
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repayment_from_before_can_be_reversed_and_the_loan_paid_off() {
    for store in each().await {
        store.lend_as(1, "micro", Method::EqualPrincipal, 12).await;
        let world = world(&store);
        let early = pay(&world, 1, 450_000, "early").await;
        let before = statement(&world, 1).await;
        assert_eq!(before.instalments[11].state, "paid", "it shortens the term");
        extend(&world, 1, 6, "x").await;
        let after = statement(&world, 1).await;
        let planned: i64 = after.instalments.iter().map(|line| line.principal).sum();
        let unpaid: i64 = after
            .instalments
            .iter()
            .map(|line| line.principal - line.principal_paid)
            .sum();
        assert_eq!((planned, unpaid), (1_200_000, 750_000));
        // Over all eighteen months, and what was paid early is in its line still.
        assert_eq!(after.instalments.len(), 18);
        assert!(after.instalments.iter().all(|line| line.state == "open"));
        assert_eq!(
            after.instalments[11].principal - after.instalments[11].principal_paid,
            750_000 / 18
        );
        assert_eq!(books(&store).await.verdict, Verdict::Held);

        let found = store
            .text("SELECT id FROM entries WHERE kind = 'repayment'")
            .await;
        let reason = Reverse {
            reason: "the wrong customer's".into(),
        };
        lending::reverse(&world, channel("reverse"), &found, reason)
            .await
            .unwrap();
        assert_eq!(early.principal, 450_000);
        assert_eq!(statement(&world, 1).await.loan.principal, 1_200_000);
        assert_eq!(books(&store).await.verdict, Verdict::Held);
        store.hand.advance_micros(10 * DAY);
        let quote = lending::read::payoff(&world, &loan(1)).await.unwrap();
        let off = lending::pay_off(&world, channel("off"), &loan(1)).await.unwrap();
        let off: Repayment = serde_json::from_str(&off.json).unwrap();
        assert_eq!((off.amount, off.loan_state.as_str()), (quote.total, "settled"));
        assert_eq!(books(&store).await.verdict, Verdict::Held);
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

/// Interest goes on to be due monthly after some of it was paid: the principal of later lines bears it.
#[tokio::test(flavor = "multi_thread")]
async fn a_loan_of_interest_first_is_billed_every_month() {
    for store in each().await {
        store.lend_as(1, "micro", Method::InterestFirst, 3).await;
        let world = world(&store);
        for day in 0..32 {
            live_a_day(&store, &world, day, &[1]).await;
        }
        let lines = statement(&world, 1).await.instalments;
        let states: Vec<&str> = lines.iter().map(|line| line.state.as_str()).collect();
        assert_eq!(states, ["paid", "open", "open"]);
        assert!(lines[1].interest > 0 && lines[1].principal == 0);
        let last: Date = lines[2].due_date.parse().unwrap();
        assert_eq!(last, FIRST.checked_add(3.months()).unwrap());
    }
}
