//! Reads see what is committed, change nothing, and do not get in the way.

use crate::fixture::{Fixture, Hold, add, adding, on_both};
use db::{DbError, Options};
use std::time::Duration;

const COUNT: &str = "SELECT count(*) FROM things";

on_both!(
    a_read_may_not_write,
    a_query_of_one_row_sees_what_is_committed_and_may_not_write,
    a_read_sees_every_acknowledged_write_and_no_other,
    a_held_writer_does_not_hold_readers,
    more_readers_than_connections_take_turns,
);

async fn a_read_may_not_write(fixture: Fixture) {
    let outcome = fixture.db.read(adding("a")).await;
    assert!(matches!(outcome, Err(DbError::Other(_))), "{outcome:?}");
    // The connection is as good as before.
    for _ in 0..8 {
        assert!(fixture.things().await.is_empty());
    }
    fixture.db.write(adding("b")).await.unwrap();
    assert_eq!(fixture.things().await, ["b"]);
}

async fn a_query_of_one_row_sees_what_is_committed_and_may_not_write(fixture: Fixture) {
    let none = fixture
        .db
        .one("SELECT id FROM things WHERE id = $1", &["a".into()])
        .await;
    assert_eq!(none.unwrap(), None);
    fixture.db.write(adding("a")).await.unwrap();
    // More often than there are connections: each comes back as good as before,
    // also from a statement that was refused.
    for _ in 0..20 {
        let found = fixture
            .db
            .one("SELECT id FROM things WHERE id = $1", &["a".into()])
            .await;
        assert_eq!(found.unwrap().unwrap().text(0).unwrap(), "a");
        for write in ["DELETE FROM things", "DELETE FROM things RETURNING id", "BEGIN"] {
            let refused = fixture.db.one(write, &[]).await;
            assert!(matches!(refused, Err(DbError::Other(_))), "{write}: {refused:?}");
        }
    }
    assert_eq!(fixture.things().await, ["a"]);
}

async fn a_read_sees_every_acknowledged_write_and_no_other(fixture: Fixture) {
    for n in 0..50 {
        fixture.db.write(adding(format!("{n:02}"))).await.unwrap();
        assert_eq!(fixture.things().await.len(), n + 1);
        let undone = fixture.db.write(|tx| {
            Box::pin(async move {
                add(tx, "undone").await?;
                Err::<(), _>(DbError::Other("no".into()))
            })
        });
        let (undone, seen) = tokio::join!(undone, fixture.things());
        assert!(undone.is_err());
        assert_eq!(seen.len(), n + 1);
    }
}

async fn a_held_writer_does_not_hold_readers(fixture: Fixture) {
    fixture.db.write(adding("a")).await.unwrap();
    let hold = Hold::occupy(&fixture.db).await;
    let things = tokio::time::timeout(Duration::from_secs(5), fixture.things()).await;
    assert_eq!(things.unwrap(), ["a"]);
    hold.release();
}

async fn more_readers_than_connections_take_turns(fixture: Fixture) {
    let db = fixture
        .open(Options {
            readers: 2,
            ..Options::default()
        })
        .await;
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                db.read(|tx| Box::pin(async move { tx.one(COUNT, &[]).await?.unwrap().int(0) }))
                    .await
            })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), Ok(0));
    }
}

/// One statement after another, with a commit in between, on one snapshot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_on_sqlite_keeps_its_snapshot() {
    let fixture = Fixture::sqlite().await;
    let (writer, runtime) = (fixture.db.clone(), tokio::runtime::Handle::current());
    let read = fixture.db.read(move |tx| {
        Box::pin(async move {
            let before = tx.one(COUNT, &[]).await?.unwrap().int(0)?;
            let committed = std::thread::spawn(move || runtime.block_on(writer.write(adding("a"))));
            committed.join().unwrap().unwrap();
            let after = tx.one(COUNT, &[]).await?.unwrap().int(0)?;
            Ok::<_, DbError>((before, after))
        })
    });
    assert_eq!(read.await, Ok((0, 0)));
    assert_eq!(fixture.things().await, ["a"]);
}
