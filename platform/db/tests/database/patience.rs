//! When somebody else holds the database, or it goes away and comes back.

use crate::fixture::{Fixture, SCHEMA, adding, ids};
use cluster::{Cluster, Options as Usual};
use db::{Db, DbError, Options};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_that_holds_the_write_lock_on_sqlite_is_waited_for_but_not_for_ever() {
    let fixture = Fixture::sqlite().await;
    let db = fixture
        .open(Options {
            wait: Duration::from_millis(500),
            ..Options::default()
        })
        .await;
    let path = fixture.url.strip_prefix("sqlite:").unwrap();
    let other = rusqlite::Connection::open(path).unwrap();

    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let refused = db.write(adding("a")).await;
    assert!(matches!(refused, Err(DbError::Unavailable(_))), "{refused:?}");
    assert!(
        begun.elapsed() >= Duration::from_millis(400),
        "it gave up after {:?}",
        begun.elapsed()
    );

    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.write(adding("b")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.await.unwrap(), Ok(1));
    assert_eq!(ids(&db).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_is_used_again_on_postgres() {
    let mut cluster = Cluster::start(Usual::default()).unwrap();
    let options = Options {
        wait: Duration::from_secs(2),
        ..Options::default()
    };
    let db = Db::open(&cluster.url("postgres"), options).await.unwrap();
    db::migrate(&db, SCHEMA).await.unwrap();
    // Several pooled connections, which the restart will have closed.
    let warm = (0..8).map(|n| {
        tokio::spawn({
            let db = db.clone();
            async move { db.write(adding(format!("{n}"))).await }
        })
    });
    for write in warm.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    cluster.kill();
    let down = db.write(adding("down")).await;
    assert!(matches!(down, Err(DbError::Unavailable(_))), "{down:?}");

    cluster.restart().unwrap();
    assert_eq!(
        db.write(adding("back")).await,
        Ok(1),
        "no write pays for a dead connection"
    );
    assert_eq!(db.write_first(adding("switch")).await, Ok(1));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(ids(&db).await.len(), 10);
}

/// Killed between COMMIT and its answer, or before: the caller must not be told
/// that nothing was kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_killed_under_load_loses_no_acknowledged_write_on_postgres() {
    let mut cluster = Cluster::start(Usual::default()).unwrap();
    let options = Options {
        wait: Duration::from_millis(500),
        ..Options::default()
    };
    let db = Db::open(&cluster.url("postgres"), options.clone()).await.unwrap();
    db::migrate(&db, SCHEMA).await.unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                let (mut kept, mut refused) = (Vec::new(), Vec::new());
                for n in 0.. {
                    let id = format!("{writer}-{n:05}");
                    match db.write(adding(id.clone())).await {
                        Ok(_) => kept.push(id),
                        // Nobody knows; neither list may hold it.
                        Err(DbError::Ambiguous(_)) => break,
                        Err(_) => {
                            refused.push(id);
                            break;
                        }
                    }
                }
                (kept, refused)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.kill();
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for writer in writers {
        let (some_kept, some_refused) = writer.await.unwrap();
        kept.extend(some_kept);
        refused.extend(some_refused);
    }
    cluster.restart().unwrap();
    let db = Db::open(&cluster.url("postgres"), options).await.unwrap();
    let found = ids(&db).await;
    assert!(kept.len() > 50, "only {} writes before the kill", kept.len());
    assert!(
        kept.iter().all(|id| found.contains(id)),
        "an acknowledged write is gone"
    );
    assert!(
        !refused.iter().any(|id| found.contains(id)),
        "a write said to be undone is there"
    );
}

#[tokio::test]
async fn a_standby_is_refused_on_postgres() {
    let mut cluster = Cluster::start(Usual::default()).unwrap();
    let url = cluster.url("postgres");
    // A server with the signal file stays in recovery, as a standby does.
    let signal = cluster.folder().join("data/standby.signal");
    std::fs::write(&signal, "").unwrap();
    cluster.restart().unwrap();
    let refused = Db::open(&url, Options::default()).await.map(|_| ());
    assert!(
        matches!(&refused, Err(DbError::Unavailable(said)) if said.contains("standby")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_unavailable() {
    let options = Options {
        wait: Duration::from_millis(300),
        ..Options::default()
    };
    let nowhere = Db::open("postgres://postgres@127.0.0.1:1/x", options.clone())
        .await
        .map(|_| ());
    assert!(matches!(nowhere, Err(DbError::Unavailable(_))), "{nowhere:?}");
    let nowhere = Db::open("sqlite:///no/such/folder/x.db", options)
        .await
        .map(|_| ());
    assert!(matches!(nowhere, Err(DbError::Unavailable(_))), "{nowhere:?}");
}
