//! The flag of PostgreSQL's guards says that nothing is shut only while that is so.

use gate::{Closing, Door, close, triggers};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, is_closed, order, reopen, until};

async fn up(world: &World) -> bool {
    world
        .number("SELECT COUNT(*) FROM intake_flag WHERE is_called AND last_value = 0")
        .await
        == 0
}

/// Whether the function says that it lowered it.
async fn lowered(shell: &mut PgConnection) -> bool {
    sqlx::query_scalar("SELECT lower_intake_flag()")
        .fetch_one(shell)
        .await
        .unwrap()
}

async fn typed(shell: &mut PgConnection, sql: &str) {
    shell
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_lowers_it_after_a_reopening_and_never_before() {
    let world = World::postgres().await;
    assert!(!up(&world).await, "as installed");
    let shutdown = base::shutdown::Shutdown::new();
    let watch = tokio::spawn(Door::new().watch(world.db.clone(), shutdown.clone()));
    for scope in ["everything", "product=credit"] {
        let closing = Closing {
            scope: scope.parse().unwrap(),
            ..Closing::everything()
        };
        let closed = close(&world.db, order("drill"), closing).await.unwrap();
        assert!(up(&world).await);
        // Longer than a door needs to look.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert!(up(&world).await, "{scope} is closed");
        crate::world::reopen_at(&world.db, order("over"), closed.epoch)
            .await
            .unwrap();
        until(|| async { !up(&world).await }).await;
        world.apply(&format!("app_{}", closed.epoch)).await.unwrap();
    }
    shutdown.trigger();
    watch.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_to_the_gate_raises_it_at_once() {
    let world = World::postgres().await;
    let mut shell = PgConnection::connect(&world.url).await.unwrap();
    let mut other = PgConnection::connect(&world.url).await.unwrap();
    for sql in [
        "UPDATE intake_gate SET state = 'closing'",
        "INSERT INTO intake_gate (scope, act, state, epoch, reason, actor, changed_at) \
         VALUES ('act=draw', 'draw', 'closed', 2, 'r', 'a', 1)",
        "DELETE FROM intake_gate",
        "TRUNCATE intake_gate",
        "SET session_replication_role = replica; UPDATE intake_gate SET state = 'closed'",
    ] {
        typed(&mut shell, &format!("BEGIN; {sql}")).await;
        // Not committed, and seen already: whoever takes a lock from now on looks.
        let seen: i64 = sqlx::query_scalar("SELECT pg_sequence_last_value('intake_flag')")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(seen, 1, "{sql}");
        // While somebody writes it stays up, without a wait.
        assert!(!lowered(&mut other).await, "{sql}");
        typed(&mut shell, "ROLLBACK; RESET session_replication_role").await;
        assert!(up(&world).await, "a rollback leaves it");
        assert!(lowered(&mut other).await && !up(&world).await, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_the_gate_cannot_lower_it_before_that_is_committed() {
    let world = World::postgres().await;
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    let mut shell = PgConnection::connect(&world.url).await.unwrap();
    assert!(!lowered(&mut shell).await, "it is closed");
    typed(&mut shell, "BEGIN; UPDATE intake_gate SET state = 'open'").await;
    assert!(!lowered(&mut shell).await, "others read closed");
    assert!(is_closed(&world.apply("app_1").await));
    typed(&mut shell, "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ").await;
    assert!(!lowered(&mut shell).await, "an old snapshot tells nothing");
    typed(&mut shell, "ROLLBACK").await;
    // A table of the same name in the schema of temporary things is not asked.
    typed(
        &mut shell,
        "CREATE TEMP TABLE intake_gate (scope text, state text)",
    )
    .await;
    typed(
        &mut shell,
        "INSERT INTO intake_gate VALUES ('everything', 'open')",
    )
    .await;
    assert!(!lowered(&mut shell).await);
    assert!(is_closed(&world.apply("app_1").await));
    reopen(&world.db, order("over")).await.unwrap();
    world.apply("app_1").await.unwrap();
    assert!(lowered(&mut shell).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flag_that_lies_and_a_trigger_with_another_condition_are_named() {
    let world = World::postgres().await;
    let mut shell = PgConnection::connect(&world.url).await.unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    assert!(triggers::missing(&world.db).await.unwrap().is_empty());
    typed(&mut shell, "SELECT setval('intake_flag', 0)").await;
    let missing = triggers::missing(&world.db).await.unwrap();
    assert_eq!(missing, ["intake_flag (it says that nothing is shut)"]);
    // One without a value, as after a restore that forgot it, counts as up.
    typed(&mut shell, "SELECT setval('intake_flag', 0, false)").await;
    assert!(is_closed(&world.apply("app_1").await));
    assert!(triggers::missing(&world.db).await.unwrap().is_empty());

    let never = "DROP TRIGGER intake_gate_draws_insert ON draws; \
                 CREATE TRIGGER intake_gate_draws_insert BEFORE INSERT ON draws FOR EACH ROW \
                 WHEN (NEW.id = '') EXECUTE FUNCTION refuse_draw_of_draws(); \
                 ALTER TABLE draws ENABLE ALWAYS TRIGGER intake_gate_draws_insert; \
                 ALTER TABLE intake_gate DISABLE TRIGGER intake_gate_raise_flag";
    typed(&mut shell, never).await;
    let missing = triggers::missing(&world.db).await.unwrap();
    assert_eq!(missing, ["intake_gate_draws_insert", "intake_gate_raise_flag"]);
}
