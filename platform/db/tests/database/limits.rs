//! What takes too long is stopped, and says so.

use crate::fixture::{Fixture, Hold, adding, ids, running};
use db::{DbError, Options};
use std::time::{Duration, Instant};

/// Counts to ten million, which takes seconds.
const SLOW: &str = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000000) SELECT max(n) FROM c";

const SLOW_INSERT: &str = "INSERT INTO things (id, n) WITH RECURSIVE c (n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000000) SELECT 'n' || n, n FROM c";

fn hasty() -> Options {
    Options {
        budget: Duration::from_millis(100),
        ..Options::default()
    }
}

fn sleepy(tx: &mut db::Tx) -> db::Job<'_, (), DbError> {
    Box::pin(async move {
        crate::fixture::add(tx, "a").await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_query_on_sqlite_is_stopped_and_its_group_goes_on() {
    let fixture = Fixture::sqlite().await;
    let db = fixture.open(hasty()).await;
    let begun = Instant::now();
    let (before, slow, after) = tokio::join!(
        db.write(adding("before")),
        db.write(running(SLOW)),
        db.write(adding("after"))
    );
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "it took {:?}",
        begun.elapsed()
    );
    assert_eq!((before, slow, after), (Ok(1), Err(DbError::Timeout), Ok(1)));
    assert_eq!(db.read(running(SLOW)).await, Err(DbError::Timeout));
    assert_eq!(ids(&db).await, ["after", "before"]);
}

/// SQLite undoes the whole transaction when it interrupts a write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_write_on_sqlite_takes_its_group_along_and_nobody_is_acknowledged() {
    let fixture = Fixture::sqlite().await;
    let db = fixture.open(hasty()).await;
    let hold = Hold::occupy(&db).await;
    let jobs = async {
        tokio::join!(
            db.write(adding("before")),
            db.write(running(SLOW_INSERT)),
            db.write(adding("after"))
        )
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        hold.release();
    };
    let ((before, slow, after), ()) = tokio::join!(jobs, release);
    assert!(matches!(before, Err(DbError::Unavailable(_))), "{before:?}");
    assert_eq!(slow, Err(DbError::Timeout));
    assert_eq!(after, Ok(1), "it ran in the next group");
    assert_eq!(ids(&db).await, ["after"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_of_short_statements_on_sqlite_is_stopped() {
    let fixture = Fixture::sqlite().await;
    let db = fixture.open(hasty()).await;
    let endless = db.write(|tx| {
        Box::pin(async move {
            loop {
                tx.exec("UPDATE things SET n = 1", &[]).await?;
            }
        })
    });
    let outcome: Result<(), DbError> = endless.await;
    assert_eq!(outcome, Err(DbError::Timeout));
    assert_eq!(db.write(adding("a")).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_on_sqlite_that_awaits_anything_but_sql_is_refused() {
    let fixture = Fixture::sqlite().await;
    assert_eq!(fixture.db.write(sleepy).await, Err(DbError::NotSql));
    assert_eq!(
        fixture.db.read(sleepy).await,
        Err(DbError::Other("attempt to write a readonly database".into()))
    );
    assert!(fixture.things().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_statement_and_a_held_lock_time_out_on_postgres() {
    let fixture = Fixture::postgres().await;
    let options = Options {
        wait: Duration::from_secs(1),
        ..hasty()
    };
    let db = fixture.open(options).await;
    assert_eq!(
        db.write(running("SELECT pg_sleep(30)")).await,
        Err(DbError::Timeout)
    );
    assert_eq!(
        db.read(running("SELECT pg_sleep(30)")).await,
        Err(DbError::Timeout)
    );

    db.write(adding("a")).await.unwrap();
    let locker = fixture.db.clone();
    let (locked, locking) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let holder = tokio::spawn(async move {
        locker
            .write(|tx| {
                Box::pin(async move {
                    tx.exec("UPDATE things SET n = 1", &[]).await?;
                    locked.send(()).unwrap();
                    released.await.unwrap();
                    Ok::<_, DbError>(())
                })
            })
            .await
    });
    locking.await.unwrap();
    let begun = Instant::now();
    assert_eq!(
        db.write(running("UPDATE things SET n = 2")).await,
        Err(DbError::Timeout)
    );
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "lock_timeout is the shorter one"
    );
    release.send(()).unwrap();
    holder.await.unwrap().unwrap();
}

/// A future dropped in the middle of a statement must not turn into a commit that
/// the server answers with ROLLBACK.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_was_given_up_dooms_its_job_on_postgres() {
    let fixture = Fixture::postgres().await;
    let outcome = fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                crate::fixture::add(tx, "a").await?;
                let given_up = tokio::time::timeout(
                    Duration::from_millis(20),
                    tx.exec("SELECT 1 / 0 FROM pg_sleep(0.2)", &[]),
                )
                .await;
                assert!(given_up.is_err());
                Ok::<_, DbError>(())
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Other(_))), "{outcome:?}");
    assert!(fixture.things().await.is_empty());
}
