//! A transaction that is ended with a draw in hand is a case until a person has settled it (PostgreSQL ends them).

use std::time::Duration;

use gate::doubts::{Finding, Settled, doubts, settle_in};
use gate::{Closing, GateError, close};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, on_both, order_with_grace};

on_both!(without_a_transaction_that_was_ended_there_is_no_case);

async fn without_a_transaction_that_was_ended_there_is_no_case(world: World) {
    close(&world.db, order_with_grace(Duration::ZERO), Closing::everything())
        .await
        .unwrap();
    assert_eq!(doubts(&world.db, 10).await.unwrap(), []);
    let unknown = settle(&world, "7-8", Finding::Moved).await;
    assert_eq!(unknown, Err(GateError::NoDoubt));
}

async fn settle(world: &World, id: &str, finding: Finding) -> Result<(), GateError> {
    let id = id.to_owned();
    let settled = Settled {
        finding,
        reason: "core banking: no such payment".to_owned(),
        by: "ann".to_owned(),
        at: 9,
    };
    world
        .db
        .write(move |tx| Box::pin(async move { settle_in(tx, &id, &settled).await.map(drop) }))
        .await
}

/// A transaction that does something and does not end.
async fn stuck(world: &World, name: &str, sql: &str) -> PgConnection {
    let options: PgConnectOptions = world.url.parse().unwrap();
    let mut client = PgConnection::connect_with(&options.application_name(name))
        .await
        .unwrap();
    let typed = format!("BEGIN; {sql}");
    client.execute(sqlx::raw_sql(AssertSqlSafe(typed))).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_ended_with_a_draw_in_hand_is_a_case_and_others_are_not() {
    let world = World::postgres().await;
    world
        .run("INSERT INTO draws (id, state) VALUES ('drw_1', 'requested')")
        .await
        .unwrap();
    let clients = [
        stuck(
            &world,
            "teller",
            "INSERT INTO draws (id, state) VALUES ('drw_2', 'requested')",
        )
        .await,
        stuck(&world, "payer", "UPDATE draws SET state = 'sent'").await,
        stuck(
            &world,
            "desk",
            "INSERT INTO applications (id, state) VALUES ('app_1', 'submitted')",
        )
        .await,
    ];
    let order = order_with_grace(Duration::from_millis(100));
    let closed = close(&world.db, order.clone(), Closing::everything())
        .await
        .unwrap();
    assert_eq!(closed.terminated.len(), 3, "{:?}", closed.terminated);
    let cases = doubts(&world.db, 10).await.unwrap();
    let mut names: Vec<&str> = cases.iter().map(|one| one.ended.application.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["payer", "teller"]);
    assert!(
        cases
            .iter()
            .all(|one| one.settled.is_none() && one.at == order.at)
    );
    drop(clients);

    let id = cases[0].id.as_str();
    settle(&world, id, Finding::NotMoved).await.unwrap();
    assert_eq!(settle(&world, id, Finding::Moved).await, Err(GateError::Settled));
    let cases = doubts(&world.db, 10).await.unwrap();
    assert!(cases[0].settled.is_none(), "open ones come first");
    let settled = cases[1].settled.as_ref().unwrap();
    assert_eq!((settled.finding, settled.by.as_str()), (Finding::NotMoved, "ann"));
    let leaves = "SELECT body FROM evidence_leaves WHERE act = 'intake.settle_doubt'";
    let leaves = world.texts(leaves).await;
    assert_eq!(leaves.len(), 1);
    assert!(
        !leaves[0].contains("no such payment"),
        "the reason is committed to, not told"
    );
}
