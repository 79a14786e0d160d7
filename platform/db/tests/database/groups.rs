//! Jobs that share a commit on SQLite do not share each other's failures.

use crate::fixture::{Fixture, Hold, add, adding, running};
use db::{DbError, Job, Migration, Tx, migrate};
use std::time::Duration;

fn panicking(tx: &mut Tx) -> Job<'_, u64, DbError> {
    Box::pin(async move {
        add(tx, "panic").await?;
        panic!("a mistake in a job");
    })
}

fn sleeping(tx: &mut Tx) -> Job<'_, u64, DbError> {
    Box::pin(async move {
        add(tx, "sleep").await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(1)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_and_panicking_jobs_harm_nobody_else_in_their_group() {
    let fixture = Fixture::sqlite().await;
    let db = &fixture.db;
    let hold = Hold::occupy(db).await;
    let group = async {
        tokio::join!(
            db.write(adding("1")),
            db.write(panicking),
            db.write(adding("2")),
            db.write(running("INSERT INTO things (id) VALUES ('half'), ('1')")),
            db.write(sleeping),
            db.write(adding("3")),
        )
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        hold.release();
    };
    let ((one, panic, two, refused, sleep, three), ()) = tokio::join!(group, release);
    assert_eq!((one, two, three), (Ok(1), Ok(1), Ok(1)));
    assert_eq!(panic, Err(DbError::Other("the job panicked".into())));
    assert!(matches!(refused, Err(DbError::Constraint { .. })));
    assert_eq!(sleep, Err(DbError::NotSql));
    assert_eq!(fixture.things().await, ["1", "2", "3"]);
}

/// A deferred foreign key is checked by COMMIT alone: refused before anything is
/// written, so all is known, and the database goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_refused_for_a_deferred_rule_is_not_ambiguous() {
    const DEFERRED: Migration = Migration {
        id: "0002_deferred",
        sql: "CREATE TABLE bits (id TEXT PRIMARY KEY, \
              thing TEXT REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)",
    };
    let fixture = Fixture::sqlite().await;
    migrate(&fixture.db, &[DEFERRED]).await.unwrap();
    let orphan = fixture
        .db
        .write(running("INSERT INTO bits VALUES ('b', 'nobody')"))
        .await;
    assert!(matches!(orphan, Err(DbError::Unavailable(_))), "{orphan:?}");
    assert_eq!(fixture.db.write(adding("a")).await, Ok(1));
}

/// A job that slips a COMMIT into a batch has made its group's fate unknowable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_ends_the_transaction_leaves_its_group_ambiguous() {
    let fixture = Fixture::sqlite().await;
    let outcome = fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                add(tx, "a").await?;
                tx.batch("SELECT 1; COMMIT").await
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Ambiguous(_))), "{outcome:?}");
    assert_eq!(fixture.db.write(adding("b")).await, Ok(1));
}
