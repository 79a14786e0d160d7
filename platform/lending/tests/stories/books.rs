//! Paying and correcting keep the books: the same on both databases.

use std::sync::Arc;

use auth::Role;
use base::problem::Code;
use client::loans::{Repay, Repayment};
use client::operations::Reverse;
use lending::Call;

use crate::fixture::{FIRST, Fixture, each};
use crate::world::world;

const LOAN: &str = "lon_00000000000000000000000000000000";
const OTHER: &str = "lon_00000000000000000000000000000002";

fn call(key: &str) -> Call {
    Call {
        principal: "teller".into(),
        role: Role::Channel,
        kind: auth::Kind::Service,
        key: key.into(),
        route: "POST /v1/loans/{id}/repayments",
        digest: format!("digest of {key}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repayment_books_once_per_key_and_another_body_is_refused() {
    for store in each().await {
        store.lend(3).await;
        let world = world(&store);
        let pay = |key, amount| lending::repay(&world, call(key), OTHER, Repay { amount });
        let first = pay("a", 5_000).await.unwrap();
        let again = pay("a", 5_000).await.unwrap();
        assert_eq!((again.json.as_str(), again.replayed), (first.json.as_str(), true));
        let mut changed = call("a");
        changed.digest = "another body".into();
        let refused = lending::repay(&world, changed, OTHER, Repay { amount: 1 })
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::IdempotencyKeyReused);
        let elsewhere = lending::repay(&world, call("a"), LOAN, Repay { amount: 5_000 })
            .await
            .unwrap_err();
        assert_eq!(
            elsewhere.code,
            Code::IdempotencyKeyReused,
            "one key serves one target"
        );
        assert_eq!(store.number("SELECT COUNT(*) FROM repayments").await, 1);
        assert_eq!(store.imbalances().await, [0; 4]);

        // A day later the key has expired and may be used anew.
        store.hand.advance_micros(lending::ANSWERS_KEPT + 1);
        assert!(!pay("a", 5_000).await.unwrap().replayed);
        assert_eq!(store.number("SELECT COUNT(*) FROM repayments").await, 2);
        assert_eq!(store.imbalances().await, [0; 4]);

        store.hand.advance_micros(lending::ANSWERS_KEPT + 1);
        let forgotten = lending::housekeeping::sweep(&world, &base::shutdown::Shutdown::new())
            .await
            .unwrap();
        assert_eq!(
            (forgotten, store.number("SELECT COUNT(*) FROM idempotency").await),
            (1, 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_off_on_actual_days_settles_and_nothing_more_is_owed() {
    for store in each().await {
        store.lend(3).await;
        let world = world(&store);
        store.hand.advance_micros(10 * 86_400_000_000);
        let quote = lending::read::payoff(&world, OTHER).await.unwrap();
        // Ten days of 12,000 yuan at 7.2 %: 24 yuan.
        assert_eq!(
            (quote.principal, quote.interest, quote.penalty),
            (1_200_000, 2_400, 0)
        );
        let paid = lending::pay_off(&world, call("off"), OTHER).await.unwrap();
        let paid: Repayment = serde_json::from_str(&paid.json).unwrap();
        assert_eq!((paid.amount, paid.loan_state.as_str()), (quote.total, "settled"));
        assert_eq!(store.imbalances().await, [0; 4]);
        let more = lending::repay(&world, call("more"), OTHER, Repay { amount: 1 })
            .await
            .unwrap_err();
        assert_eq!(more.code, Code::IllegalTransition);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversed_repayment_is_owed_again_and_once() {
    for store in each().await {
        store.lend(3).await;
        let world = world(&store);
        lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {})
            .await
            .unwrap();
        let before = lending::read::payoff(&world, LOAN).await.unwrap();
        let paid = lending::repay(&world, call("x"), LOAN, Repay { amount: 150_000 })
            .await
            .unwrap();
        let paid: Repayment = serde_json::from_str(&paid.json).unwrap();
        assert_eq!((paid.penalty, paid.interest, paid.principal), (30, 220, 149_750));
        let entry = entry_of(&store, &paid.id).await;
        let reverse = |key| {
            lending::reverse(
                &world,
                call(key),
                &entry,
                Reverse {
                    reason: "booked twice".into(),
                },
            )
        };
        reverse("r1").await.unwrap();
        assert_eq!(reverse("r2").await.unwrap_err().code, Code::IllegalTransition);
        let after = lending::read::payoff(&world, LOAN).await.unwrap();
        assert_eq!(after.total, before.total);
        assert_eq!(lending::read::loan(&world, LOAN).await.unwrap().state, "overdue");
        assert_eq!(store.imbalances().await, [0; 4]);
        assert_eq!(
            store
                .number("SELECT COUNT(*) FROM evidence_leaves WHERE act = 'entry.reverse'")
                .await,
            1
        );
    }
}

/// A repayment holds its loan's row before it writes; the end of day must not
/// come between, or each would wait for the other.
#[tokio::test(flavor = "multi_thread")]
async fn customers_pay_while_the_day_ends() {
    const LOANS: i64 = 400;
    for store in each().await {
        store.lend(LOANS).await;
        let world = Arc::new(world(&store));
        let payers: Vec<_> = (0..8_i64)
            .map(|payer| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    for n in (0..LOANS).filter(|n| n % 8 == payer) {
                        let loan = format!("lon_{n:032x}");
                        let key = format!("while-{n}");
                        lending::repay(&world, call(&key), &loan, Repay { amount: 1_000 })
                            .await
                            .unwrap();
                    }
                })
            })
            .collect();
        let day = lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {})
            .await
            .unwrap();
        for payer in payers {
            payer.await.unwrap();
        }
        assert_eq!(day.accrued, LOANS);
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

async fn entry_of(store: &Fixture, repayment: &str) -> String {
    let repayment = repayment.to_owned();
    store
        .db
        .read(move |tx| {
            Box::pin(async move {
                let row = tx
                    .one(
                        "SELECT id FROM entries WHERE reference = $1",
                        &[(&repayment).into()],
                    )
                    .await?
                    .ok_or_else(|| db::DbError::Other("no entry".into()))?;
                Ok::<_, db::DbError>(row.text(0)?.to_owned())
            })
        })
        .await
        .unwrap()
}
