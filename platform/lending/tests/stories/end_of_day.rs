//! The end of a day accrues, lets fall due and overdue, once, whatever happens.

use std::panic::AssertUnwindSafe;

use base::problem::Code;
use futures::FutureExt;
use jiff::ToSpan;

use crate::fixture::{FIRST, each};

const LOANS: i64 = 1000;

#[tokio::test(flavor = "multi_thread")]
async fn a_day_accrues_once_and_a_second_run_posts_nothing() {
    for store in each().await {
        store.lend(LOANS).await;
        let day = lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {})
            .await
            .unwrap();
        assert_eq!(
            (day.state.as_str(), day.accrued, day.due, day.overdue),
            ("done", LOANS, 50, 20)
        );
        // 12,000 yuan at 7.2 % on 360 days: 2.40 yuan a day; 11,000 of it where 1,000 are overdue.
        let interest = store
            .number("SELECT CAST(SUM(interest) AS BIGINT) FROM loans")
            .await;
        assert_eq!(interest, 980 * 240 + 20 * 220);
        // 1,000 yuan overdue at 10.8 %: 0.30 yuan a day.
        assert_eq!(
            store
                .number("SELECT CAST(SUM(penalty) AS BIGINT) FROM loans")
                .await,
            20 * 30
        );
        assert_eq!(store.imbalances().await, [0; 4]);

        let postings = store.number("SELECT COUNT(*) FROM postings").await;
        let again = lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {})
            .await
            .unwrap();
        assert_eq!(
            (again.accrued, again.due, again.overdue),
            (day.accrued, day.due, day.overdue)
        );
        assert_eq!(store.number("SELECT COUNT(*) FROM postings").await, postings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_unpaid_past_its_day_is_overdue_with_what_had_accrued() {
    for store in each().await {
        store.lend(100).await;
        for days in 0..2 {
            let date = FIRST.checked_add(i64::from(days).days()).unwrap();
            lending::run_day(&store.db, &store.clock, date, crate::fixture::by_hand(), |_| {})
                .await
                .unwrap();
            store.hand.advance_micros(86_400_000_000);
        }
        // Due on the second day, and not paid in it: 5 loans besides the 2 that were overdue before.
        assert_eq!(
            store
                .number("SELECT COUNT(*) FROM loans WHERE state = 'overdue'")
                .await,
            7
        );
        let late = "SELECT CAST(SUM(overdue_interest) AS BIGINT) FROM loans WHERE next_due_day = 20545";
        assert_eq!(
            store.number(late).await,
            5 * 240,
            "the interest of the day before it fell due"
        );
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_goes_on_where_it_stopped() {
    for store in each().await {
        store.lend(LOANS).await;
        // A run that ends between two slices is what a kill looks like to the database.
        let killed = lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {
            panic!("killed after one slice")
        });
        assert!(AssertUnwindSafe(killed).catch_unwind().await.is_err());
        assert_eq!(
            store
                .number("SELECT COUNT(*) FROM days WHERE state = 'running' AND accrued > 0")
                .await,
            1
        );
        let day = lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {})
            .await
            .unwrap();
        assert_eq!((day.accrued, day.due, day.overdue), (LOANS, 50, 20));
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_are_one_run() {
    for store in each().await {
        store.lend(LOANS).await;
        let run = || lending::run_day(&store.db, &store.clock, FIRST, crate::fixture::by_hand(), |_| {});
        let (one, other) = tokio::join!(run(), run());
        assert_eq!(one.unwrap().accrued, LOANS);
        assert_eq!(other.unwrap().accrued, LOANS);
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_run_in_order_and_not_ahead() {
    for store in each().await {
        let run = |date| lending::run_day(&store.db, &store.clock, date, crate::fixture::by_hand(), |_| {});
        assert_eq!(
            run(FIRST.tomorrow().unwrap()).await.unwrap_err().code,
            Code::BusinessDate
        );
        run(FIRST).await.unwrap();
        store.hand.advance_micros(3 * 86_400_000_000);
        let skipped = run(FIRST.checked_add(2.days()).unwrap()).await.unwrap_err();
        assert_eq!(
            skipped.detail.as_deref(),
            Some("the next business date is 2026-03-03")
        );
        run(FIRST.tomorrow().unwrap()).await.unwrap();
    }
}
