//! The schema is brought up to date once, and its history is not rewritten.

use crate::fixture::{Fixture, SCHEMA, on_both};
use db::{DbError, Migration, migrate};

on_both!(
    a_step_is_applied_once,
    a_changed_step_is_refused,
    a_failing_step_leaves_nothing_and_can_be_mended,
    instances_that_start_together_apply_a_step_once,
    numbers_count_up_by_themselves,
);

const MORE: Migration = Migration {
    id: "0002_more",
    sql: "CREATE TABLE more (id TEXT PRIMARY KEY)",
};

async fn a_step_is_applied_once(fixture: Fixture) {
    assert_eq!(
        migrate(&fixture.db, SCHEMA).await,
        Ok(vec![]),
        "the fixture has applied it"
    );
    let steps = [SCHEMA[0], MORE];
    assert_eq!(
        migrate(&fixture.db, &steps).await,
        Ok(vec!["0002_more".to_owned()])
    );
    assert_eq!(migrate(&fixture.db, &steps).await, Ok(vec![]));
}

async fn a_changed_step_is_refused(fixture: Fixture) {
    let edited = Migration {
        sql: "CREATE TABLE other (id TEXT)",
        ..SCHEMA[0]
    };
    let outcome = migrate(&fixture.db, &[edited]).await;
    assert!(
        matches!(&outcome, Err(DbError::Other(said)) if said.contains("0001_test")),
        "{outcome:?}"
    );
    let twice = migrate(&fixture.db, &[MORE, MORE]).await;
    assert!(twice.is_err(), "one id names one step");
}

async fn a_failing_step_leaves_nothing_and_can_be_mended(fixture: Fixture) {
    let broken = Migration {
        sql: "CREATE TABLE more (id TEXT PRIMARY KEY); CREATE NONSENSE",
        ..MORE
    };
    assert!(migrate(&fixture.db, &[broken]).await.is_err());
    assert_eq!(
        migrate(&fixture.db, &[MORE]).await,
        Ok(vec!["0002_more".to_owned()])
    );
}

async fn instances_that_start_together_apply_a_step_once(fixture: Fixture) {
    let others: Vec<_> = (0..4)
        .map(|_| {
            let url = fixture.url.clone();
            tokio::spawn(async move {
                let db = db::Db::open(&url, db::Options::default()).await.unwrap();
                migrate(&db, &[SCHEMA[0], MORE]).await.unwrap().len()
            })
        })
        .collect();
    let mut applied = 0;
    for other in others {
        applied += other.await.unwrap();
    }
    assert_eq!(applied, 1);
}

async fn numbers_count_up_by_themselves(fixture: Fixture) {
    let step = Migration {
        id: "0002_log",
        sql: "CREATE TABLE log (n {bigserial_pk}, what TEXT NOT NULL)",
    };
    migrate(&fixture.db, &[step]).await.unwrap();
    let add = || {
        fixture.db.write(|tx| {
            Box::pin(async move {
                let row = tx
                    .one("INSERT INTO log (what) VALUES ('x') RETURNING n", &[])
                    .await?;
                row.unwrap().int(0)
            })
        })
    };
    let (first, second) = (add().await.unwrap(), add().await.unwrap());
    assert!(second > first);
}
