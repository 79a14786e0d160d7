//! A loan is renewed without repayment: no money moves, the books balance, and both loans go their way.

use base::problem::Code;
use client::operations::Reverse;
use client::renewals::{AskRenewal, DecideRenewal, Renewal};
use domain::lane::Live;
use domain::product::Method;
use gate::Closing;
use laws::verdict::Verdict;
use lending::{Refusal, World};

use crate::extended::{DAY, books, channel, live_a_day, loan, officer, pay, statement};
use crate::fixture::each;
use crate::world::world;

async fn ask(world: &World<Live>, n: i64, months: u32, key: &str) -> Result<Renewal, Refusal> {
    let body = AskRenewal {
        months,
        guarantor_agrees: false,
    };
    let asked = lending::ask_renewal(world, channel(key), &loan(n), body).await?;
    Ok(serde_json::from_str(&asked.json).unwrap())
}

async fn grant(world: &World<Live>, id: &str, key: &str) -> Result<Renewal, Refusal> {
    let yes = DecideRenewal {
        verdict: "grant".into(),
    };
    let granted = lending::decide_renewal(world, officer("ann", key), id, yes).await?;
    Ok(serde_json::from_str(&granted.json).unwrap())
}

const MONEY: &str =
    "SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM postings WHERE account = 'core_clearing'";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_loan_owes_another_takes_over() {
    for store in each().await {
        store.lend_as(1, "micro", Method::InterestFirst, 2).await;
        store.lend_as(2, "micro", Method::EqualPrincipal, 12).await;
        let world = world(&store);
        let early = ask(&world, 2, 6, "too early").await.unwrap_err();
        assert_eq!(early.code, Code::IllegalTransition);
        let long = ask(&world, 1, 3, "too long").await.unwrap_err();
        assert_eq!(long.field, Some("months"));
        for day in 0..50 {
            live_a_day(&store, &world, day, &[1, 2]).await;
        }
        let asked = ask(&world, 1, 2, "ask").await.unwrap();
        assert_eq!(
            (
                asked.kind.as_str(),
                asked.old_maturity_date.as_str(),
                asked.new_loan_id.as_deref()
            ),
            ("renewal", "2026-05-02", None)
        );
        // Interest up to the day is paid first, and is not lent.
        let owing = grant(&world, &asked.id, "owing").await.unwrap_err();
        assert_eq!(owing.code, Code::IllegalTransition);
        let interest = lending::read::payoff(&world, &loan(1)).await.unwrap().interest;
        assert!(interest > 0);
        pay(&world, 1, interest, "interest").await;
        let money = store.number(MONEY).await;

        // Everything is closed, and this goes on; by name it does not.
        for scope in ["everything", "act=renewal"] {
            let closing = Closing {
                scope: scope.parse().unwrap(),
                ..Closing::default()
            };
            let order = gate::Order {
                actor: "operator".into(),
                reason: scope.into(),
                incident: None,
                at: store.clock.now_micros(),
                grace: gate::Order::GRACE,
            };
            let epoch = gate::close(&store.db, order.clone(), closing)
                .await
                .unwrap()
                .epoch;
            if scope == "act=renewal" {
                let refused = grant(&world, &asked.id, "closed").await.unwrap_err();
                assert_eq!(refused.code, Code::IntakeClosed);
                assert_eq!(store.number("SELECT COUNT(*) FROM loans").await, 2);
                let agreed = gate::Agreed {
                    proposal: "pro_1".into(),
                    epoch,
                };
                let opened = store.db.write_first(move |tx| {
                    Box::pin(async move {
                        gate::ask_in(tx, &order, &agreed).await?;
                        gate::reopen_in(tx, &order, &agreed).await
                    })
                });
                opened.await.unwrap();
            }
        }
        let granted = grant(&world, &asked.id, "granted").await.unwrap();
        assert_eq!(granted.state, "granted");
        assert_eq!(granted.new_maturity_date, "2026-06-21");
        assert_eq!(store.number(MONEY).await, money, "no money moved");
        let old = statement(&world, 1).await;
        assert_eq!((old.loan.state.as_str(), old.loan.principal), ("settled", 0));
        let new = granted.new_loan_id.unwrap();
        let begun = lending::read::statement(&world, &new).await.unwrap();
        assert_eq!(
            (begun.loan.state.as_str(), begun.loan.amount, begun.loan.principal),
            ("active", 1_200_000, 1_200_000)
        );
        assert_eq!(begun.loan.start_date, "2026-04-21");
        let law = books(&store).await;
        assert_eq!(law.verdict, Verdict::Held, "{law:#?}");

        // What a new loan owes cannot be owed again by the old one.
        let entry = store
            .text(
                "SELECT e.id FROM entries e JOIN repayments r ON r.id = e.reference WHERE r.kind = 'renewal'",
            )
            .await;
        let reason = Reverse {
            reason: "by mistake".into(),
        };
        let refused = lending::reverse(&world, channel("reverse"), &entry, reason)
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::IllegalTransition);

        // The new loan lives on to its end.
        for day in 50..115 {
            let due = lending::read::statement(&world, &new).await.unwrap();
            let amount = crate::extended::due(&due);
            if amount > 0 {
                let body = client::loans::Repay { amount };
                lending::repay(&world, channel(&format!("new {day}")), &new, body)
                    .await
                    .unwrap();
            }
            live_a_day(&store, &world, day, &[2]).await;
        }
        let ended = lending::read::loan(&world, &new).await.unwrap();
        assert_eq!(
            (ended.state.as_str(), ended.maturity_date.as_str()),
            ("settled", "2026-06-21")
        );
        let law = books(&store).await;
        assert_eq!(law.verdict, Verdict::Held, "{law:#?}");
        assert_eq!(store.imbalances().await, [0; 4]);
        store.hand.advance_micros(DAY);
    }
}
