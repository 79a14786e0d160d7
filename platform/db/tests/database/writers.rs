//! Many writers at once: all durable, in turn, and never more than can wait.

use crate::fixture::{Fixture, Hold, add, adding, ids, on_both};
use db::{DbError, Options};
use std::sync::{Arc, Mutex};
use std::time::Duration;

on_both!(
    sixty_four_writers_all_find_their_rows_after_reopening,
    a_dropped_caller_does_not_stop_its_job,
    the_switch_does_not_wait_behind_a_filled_queue,
    whoever_cannot_wait_is_told_at_once,
    a_closed_database_refuses_and_has_kept_everything,
);

async fn sixty_four_writers_all_find_their_rows_after_reopening(mut fixture: Fixture) {
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let db = fixture.db.clone();
            tokio::spawn(async move {
                for n in 0..10 {
                    db.write(adding(format!("{writer:02}-{n}"))).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    fixture.reopen().await;
    let expected: Vec<String> = (0..64)
        .flat_map(|writer| (0..10).map(move |n| format!("{writer:02}-{n}")))
        .collect();
    assert_eq!(fixture.things().await, expected);
}

async fn a_dropped_caller_does_not_stop_its_job(fixture: Fixture) {
    let db = fixture
        .open(Options {
            writers: 1,
            ..Options::default()
        })
        .await;
    let hold = Hold::occupy(&db).await;
    let impatient = tokio::time::timeout(Duration::from_millis(50), db.write(adding("kept"))).await;
    assert!(impatient.is_err(), "the writer is held");
    hold.release();
    // Whatever comes after it in the same queue proves that it has run.
    db.write(adding("after")).await.unwrap();
    assert_eq!(ids(&db).await, ["after", "kept"]);
}

async fn the_switch_does_not_wait_behind_a_filled_queue(fixture: Fixture) {
    let db = fixture
        .open(Options {
            writers: 1,
            ..Options::default()
        })
        .await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let order = Arc::clone(&order);
        move || order.lock().unwrap().push(what)
    };
    let hold = Hold::occupy(&db).await;
    let mut waiting: Vec<_> = (0..100)
        .map(|n| {
            let (db, note) = (db.clone(), note("ordinary"));
            tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        note();
                        add(tx, &format!("{n}")).await
                    })
                })
                .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (first, switch) = (db.clone(), note("switch"));
    waiting.push(tokio::spawn(async move {
        first
            .write_first(move |tx| {
                Box::pin(async move {
                    switch();
                    add(tx, "switch").await
                })
            })
            .await
    }));
    tokio::time::sleep(Duration::from_millis(100)).await;
    hold.release();
    for job in waiting {
        job.await.unwrap().unwrap();
    }
    let order = order.lock().unwrap();
    assert_eq!((order.first(), order.len()), (Some(&"switch"), 101));
}

async fn whoever_cannot_wait_is_told_at_once(fixture: Fixture) {
    let db = fixture
        .open(Options {
            writers: 1,
            queue: 4,
            ..Options::default()
        })
        .await;
    let hold = Hold::occupy(&db).await;
    let waiting: Vec<_> = (0..4)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { db.write(adding(format!("{n}"))).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = std::time::Instant::now();
    assert_eq!(db.write(adding("fifth")).await, Err(DbError::Overloaded));
    assert!(
        begun.elapsed() < Duration::from_millis(50),
        "it waited {:?}",
        begun.elapsed()
    );
    hold.release();
    for job in waiting {
        job.await.unwrap().unwrap();
    }
    assert_eq!(ids(&db).await, ["0", "1", "2", "3"]);
}

async fn a_closed_database_refuses_and_has_kept_everything(mut fixture: Fixture) {
    let writes: Vec<_> = (0..20)
        .map(|n| {
            let db = fixture.db.clone();
            tokio::spawn(async move { db.write(adding(format!("{n:02}"))).await })
        })
        .collect();
    let mut kept = Vec::new();
    for (n, write) in writes.into_iter().enumerate() {
        write.await.unwrap().unwrap();
        kept.push(format!("{n:02}"));
    }
    fixture.db.close().await;
    let late = fixture.db.write(adding("late")).await;
    assert!(matches!(late, Err(DbError::Unavailable(_))), "{late:?}");
    fixture.reopen().await;
    assert_eq!(fixture.things().await, kept);
}

/// SQLite follows links to the file, and has its log beside the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_file_is_synced_where_its_log_is() {
    let folder = tempfile::tempdir().unwrap();
    let (apart, link) = (folder.path().join("apart"), folder.path().join("link.db"));
    std::fs::create_dir(&apart).unwrap();
    std::os::unix::fs::symlink(apart.join("test.db"), &link).unwrap();
    for row in ["a", "b"] {
        let url = format!("sqlite:{}", link.display());
        let db = db::Db::open(&url, Options::default()).await.unwrap();
        let made = "CREATE TABLE IF NOT EXISTS t (id TEXT PRIMARY KEY)";
        db.write(move |tx| Box::pin(async move { tx.batch(made).await }))
            .await
            .unwrap();
        let insert = "INSERT INTO t VALUES ($1)";
        db.write(move |tx| Box::pin(async move { tx.exec(insert, &[row.into()]).await }))
            .await
            .unwrap();
        // As a process that was killed leaves it: the log is there when the next one opens.
        std::mem::forget(db);
    }
    assert!(apart.join("test.db-wal").exists());
}
