//! Installing never stands in front of their traffic for longer than it was allowed to.

use std::time::{Duration, Instant};

use adopt::{AdoptError, apply};
use sqlx::Executor;

use crate::world::{REQUEST, World, described, meant, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_long_transaction_it_gives_up_and_their_writers_wait_no_longer_than_it() {
    let world = World::new().await;
    let mut long = shell(&world.url).await;
    long.execute(sqlx::raw_sql(
        "BEGIN; INSERT INTO lending.payout (id) VALUES ('long')",
    ))
    .await
    .unwrap();
    let (gate, began) = (world.gate.clone(), Instant::now());
    let installing = tokio::spawn(async move { apply(&gate, &described(), &meant()).await });
    // Their other writers meanwhile.
    let mut slowest = Duration::ZERO;
    let mut writer = shell(&world.url).await;
    while !installing.is_finished() {
        let one = Instant::now();
        for sql in [
            REQUEST,
            "INSERT INTO lending.payout (id) VALUES (gen_random_uuid()::text)",
        ] {
            writer.execute(sql).await.unwrap();
        }
        slowest = slowest.max(one.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let refused = installing.await.unwrap().unwrap_err();
    eprintln!(
        "gave up after {:?}; their slowest write took {slowest:?}",
        began.elapsed()
    );
    let AdoptError::Busy(holders) = refused else {
        panic!("{refused}")
    };
    assert!(
        holders
            .iter()
            .any(|one| one.table.contains("payout") && one.open_ms > 0),
        "{holders:?}"
    );
    // Its patience is 200 ms.
    assert!(slowest < Duration::from_millis(900), "{slowest:?}");
    assert_eq!(
        world
            .number("SELECT count(*) FROM pg_namespace WHERE nspname = 'backstop'")
            .await,
        0
    );
    long.execute("COMMIT").await.unwrap();
    assert!(apply(&world.gate, &described(), &meant()).await.unwrap().changed);
}
