//! A transaction that would keep the gate from closing (PostgreSQL; SQLite has
//! one writer, and a job that exceeds its budget is rolled back there).

use std::time::Duration;

use gate::{Closing, State, close};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, is_closed, order, order_with_grace, reopen, status, until};

async fn client(world: &World, name: &str) -> PgConnection {
    let options: PgConnectOptions = world.url.parse().unwrap();
    PgConnection::connect_with(&options.application_name(name))
        .await
        .unwrap()
}

async fn begin_and_insert(world: &World, name: &str, id: &str) -> PgConnection {
    let mut client = client(world, name).await;
    client.execute("BEGIN").await.unwrap();
    sqlx::query("INSERT INTO applications (id, state) VALUES ($1, 'submitted')")
        .bind(id)
        .execute(&mut client)
        .await
        .unwrap();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_transaction_is_ended_after_the_grace_and_listed() {
    let world = World::postgres().await;
    world
        .run("INSERT INTO draws (id, state) VALUES ('drw_1', 'sent')")
        .await
        .unwrap();
    let mut stuck = begin_and_insert(&world, "stuck-client", "stuck").await;
    let mut paying = client(&world, "paying-client").await;
    paying
        .execute("BEGIN; UPDATE draws SET state = 'paid'")
        .await
        .unwrap();

    let grace = Duration::from_millis(300);
    let closed = close(&world.db, order_with_grace(grace), Closing::everything())
        .await
        .unwrap();
    eprintln!(
        "close with one stuck transaction, grace {grace:?}: {:?}",
        closed.took
    );
    assert!(closed.took >= grace, "{:?}: it was given its grace", closed.took);
    assert!(
        closed.took <= grace + Duration::from_millis(500),
        "{:?}",
        closed.took
    );
    let [ended] = closed.terminated.as_slice() else {
        panic!("{:?}", closed.terminated)
    };
    assert_eq!(ended.application, "stuck-client");
    assert!(ended.open_ms >= 300);

    assert!(stuck.execute("COMMIT").await.is_err());
    assert!(world.ids("applications").await.is_empty());
    // Existing business holds no lock of the gate, and was left alone.
    paying.execute("COMMIT").await.unwrap();
    assert_eq!(world.texts("SELECT state FROM draws").await, ["paid"]);
    let listed = world
        .texts("SELECT terminated FROM intake_history WHERE state = 'closed'")
        .await
        .remove(0);
    assert!(listed.contains("stuck-client"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_transaction_on_the_gate_itself_is_ended_too() {
    let grace = Duration::from_millis(300);
    for (number, typed) in [
        "SELECT * FROM intake_gate FOR UPDATE",
        "UPDATE intake_gate SET state = 'open'",
        "LOCK TABLE intake_gate",
        "LOCK TABLE intake_history IN EXCLUSIVE MODE",
        "LOCK TABLE evidence_leaves IN SHARE MODE",
    ]
    .into_iter()
    .enumerate()
    {
        let world = World::postgres().await;
        let mut forgotten = client(&world, "forgotten-shell").await;
        forgotten
            .execute(sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {typed}"))))
            .await
            .unwrap();
        let mut reading = client(&world, "reading-client").await;
        reading
            .execute("BEGIN; SELECT count(*) FROM evidence_leaves")
            .await
            .unwrap();
        let closed = close(&world.db, order_with_grace(grace), Closing::everything())
            .await
            .unwrap();
        eprintln!("{number}: close past {typed:?}: {:?}", closed.took);
        assert!(
            closed.took <= grace + Duration::from_millis(500),
            "{typed}: {:?}",
            closed.took
        );
        let ended: Vec<_> = closed
            .terminated
            .iter()
            .map(|one| one.application.as_str())
            .collect();
        assert_eq!(ended, ["forgotten-shell"], "{typed}");
        reading
            .execute("SELECT count(*) FROM intake_history; COMMIT")
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_ends_within_the_grace_is_waited_for() {
    let world = World::postgres().await;
    let mut slow = begin_and_insert(&world, "slow-client", "slow").await;
    let closing = tokio::spawn({
        let db = world.db.clone();
        async move {
            close(
                &db,
                order_with_grace(Duration::from_secs(5)),
                Closing::everything(),
            )
            .await
            .unwrap()
        }
    });
    until_closing(&world).await;
    // New business is refused at once, while the slow one may still finish.
    assert!(is_closed(&world.apply("late").await));
    slow.execute("COMMIT").await.unwrap();
    let closed = closing.await.unwrap();
    assert!(closed.terminated.is_empty());
    assert_eq!(
        world.ids("applications").await.into_iter().collect::<Vec<_>>(),
        ["slow"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closer_killed_while_it_waits_leaves_intake_refused() {
    let world = World::postgres().await;
    let mut slow = begin_and_insert(&world, "slow-client", "slow").await;
    let closing = tokio::spawn({
        let db = world.db.clone();
        async move {
            close(
                &db,
                order_with_grace(Duration::from_secs(30)),
                Closing::everything(),
            )
            .await
        }
    });
    until_closing(&world).await;
    // Its session ends as it would with its process.
    let killed = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                  WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()";
    until(|| async { world.number(killed).await == 1 }).await;
    assert!(closing.await.unwrap().is_err(), "nothing was acknowledged");

    assert_eq!(status(&world.db).await.unwrap().state, State::Closing);
    assert!(is_closed(&world.apply("late").await));
    // What was in flight was not promised to be gone, and commits.
    slow.execute("COMMIT").await.unwrap();
    assert_eq!(
        close(&world.db, order("second closer"), Closing::everything())
            .await
            .unwrap()
            .epoch,
        2
    );
    reopen(&world.db, order("over")).await.unwrap();
    world.apply("next").await.unwrap();
    assert_eq!(
        world.ids("applications").await.into_iter().collect::<Vec<_>>(),
        ["next", "slow"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closer_that_slept_through_a_reopening_closes_from_the_beginning() {
    let world = World::postgres().await;
    let mut slow = begin_and_insert(&world, "slow-client", "slow").await;
    let closing = tokio::spawn({
        let db = world.db.clone();
        async move {
            let order = order_with_grace(Duration::from_secs(5));
            close(&db, order, Closing::everything()).await.unwrap()
        }
    });
    until_closing(&world).await;
    // Another closer finishes meanwhile, and two persons reopen: what comes now reads `open`.
    for (state, epoch) in [("closed", 2), ("open", 3)] {
        let sql = format!("UPDATE intake_gate SET state = '{state}', epoch = {epoch}");
        world.run(&sql).await.unwrap();
    }
    let mut after = begin_and_insert(&world, "later-client", "later").await;
    slow.execute("COMMIT").await.unwrap();
    // It says `closing` once more, and waits for that one too.
    until_closing(&world).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!closing.is_finished(), "a commit would have been late");
    after.execute("COMMIT").await.unwrap();
    let closed = closing.await.unwrap();
    assert_eq!((closed.epoch, closed.terminated.len()), (4, 0));
    assert_eq!(world.ids("applications").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_closed_by_hand_is_waited_for_before_it_is_acknowledged() {
    let world = World::postgres().await;
    let mut stuck = begin_and_insert(&world, "stuck-client", "stuck").await;
    world
        .run("UPDATE intake_gate SET state = 'closed', epoch = 2")
        .await
        .unwrap();
    let grace = order_with_grace(Duration::from_millis(200));
    let closed = close(&world.db, grace, Closing::everything()).await.unwrap();
    assert_eq!(
        (closed.epoch, closed.changed, closed.terminated.len()),
        (2, false, 1)
    );
    assert!(stuck.execute("COMMIT").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prepared_transaction_is_not_overlooked_nor_after_a_restart() {
    let mut cluster = cluster::Cluster::start(cluster::Options {
        settings: vec![("max_prepared_transactions", "2")],
        ..cluster::Options::default()
    })
    .unwrap();
    let world = World::on(&cluster).await;
    let mut client = begin_and_insert(&world, "two-phase", "prepared").await;
    client.execute("PREPARE TRANSACTION 'later'").await.unwrap();
    let quick = || order_with_grace(Duration::from_millis(100));
    let refused = close(&world.db, quick(), Closing::everything()).await;
    assert!(
        matches!(refused, Err(gate::GateError::StillHeld { .. })),
        "{refused:?}"
    );
    // It has another name then, and no session.
    cluster.kill();
    cluster.restart().unwrap();
    let refused = close(&world.db, quick(), Closing::everything()).await;
    assert!(
        matches!(refused, Err(gate::GateError::StillHeld { .. })),
        "{refused:?}"
    );
    let mut client = self::client(&world, "two-phase").await;
    client.execute("COMMIT PREPARED 'later'").await.unwrap();
    let closed = close(&world.db, quick(), Closing::everything()).await.unwrap();
    assert!(closed.changed && closed.terminated.is_empty());
    assert_eq!(world.ids("applications").await.len(), 1);
}

async fn until_closing(world: &World) {
    until(|| async { status(&world.db).await.unwrap().state == State::Closing }).await;
}
