//! A job happens as a whole or not at all.

use crate::fixture::{Fixture, add, adding, on_both};
use db::{ConstraintKind, DbError};

on_both!(
    an_error_takes_back_all_that_the_job_did,
    a_refused_statement_cannot_be_overlooked,
    a_job_cannot_end_its_own_transaction,
    a_panicking_job_leaves_nothing_and_harms_nobody,
    the_callers_own_error_comes_back,
);

async fn an_error_takes_back_all_that_the_job_did(fixture: Fixture) {
    let outcome = fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                add(tx, "a").await?;
                add(tx, "b").await?;
                Err::<(), _>(DbError::Other("changed my mind".into()))
            })
        })
        .await;
    assert_eq!(outcome, Err(DbError::Other("changed my mind".into())));
    assert!(fixture.things().await.is_empty());
}

async fn a_refused_statement_cannot_be_overlooked(fixture: Fixture) {
    fixture.db.write(adding("taken")).await.unwrap();
    let outcome = fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                add(tx, "before").await?;
                // Swallowed, as careless code would.
                let refused = add(tx, "taken").await;
                assert!(refused.is_err());
                assert_eq!(add(tx, "after").await, refused, "what follows fails alike");
                Ok::<_, DbError>("all is well")
            })
        })
        .await;
    assert!(
        matches!(
            outcome,
            Err(DbError::Constraint {
                kind: ConstraintKind::Unique,
                ..
            })
        ),
        "{outcome:?}"
    );
    assert_eq!(fixture.things().await, ["taken"]);
}

async fn a_job_cannot_end_its_own_transaction(fixture: Fixture) {
    for control in ["COMMIT", "rollback", " SAVEPOINT mine"] {
        let outcome = fixture
            .db
            .write(move |tx| {
                Box::pin(async move {
                    add(tx, "a").await?;
                    tx.exec(control, &[]).await
                })
            })
            .await;
        assert!(
            matches!(outcome, Err(DbError::Other(_))),
            "{control}: {outcome:?}"
        );
    }
    assert!(fixture.things().await.is_empty());
}

async fn a_panicking_job_leaves_nothing_and_harms_nobody(fixture: Fixture) {
    let outcome = fixture
        .db
        .write(|tx| {
            Box::pin(async move {
                add(tx, "a").await?;
                panic!("a mistake in a job");
            })
        })
        .await;
    let outcome: Result<(), DbError> = outcome;
    assert_eq!(outcome, Err(DbError::Other("the job panicked".into())));
    fixture.db.write(adding("b")).await.unwrap();
    assert_eq!(fixture.things().await, ["b"]);
}

async fn the_callers_own_error_comes_back(fixture: Fixture) {
    #[derive(Debug, PartialEq)]
    enum Refusal {
        TooMuch { asked: i64 },
        Database(DbError),
    }
    impl From<DbError> for Refusal {
        fn from(error: DbError) -> Self {
            Self::Database(error)
        }
    }
    let asked = fixture
        .db
        .write(|_| Box::pin(async { Err::<(), _>(Refusal::TooMuch { asked: 7 }) }))
        .await;
    assert_eq!(asked, Err(Refusal::TooMuch { asked: 7 }));
    let database = fixture
        .db
        .write(|tx| Box::pin(async move { Ok::<_, Refusal>(tx.exec("nonsense", &[]).await?) }))
        .await;
    assert!(
        matches!(database, Err(Refusal::Database(DbError::Other(_)))),
        "{database:?}"
    );
}
