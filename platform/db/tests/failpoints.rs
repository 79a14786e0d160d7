//! The planted bugs do what they claim, so that the checks from outside can fail.
//!
//! Armed for the whole process, hence one test, whose steps build on each other.

use db::{Db, DbError, Options, durability, failpoint};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_failpoint_breaks_what_it_names_on_sqlite_and_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("test.db").display());
    let server = cluster::fresh_database().unwrap();
    assert!(!failpoint::arm("no_such_failpoint"));

    assert!(failpoint::arm(failpoint::WEAK_SYNC));
    for (url, setting) in [(&file, "synchronous"), (&server, "synchronous_commit")] {
        let db = Db::open(url, Options::default()).await.unwrap();
        let found = durability(&db).await.unwrap();
        assert!(
            found.iter().any(|finding| finding.setting == setting),
            "{found:?}"
        );
        db.write(|tx| Box::pin(async move { tx.batch("CREATE TABLE t (id TEXT PRIMARY KEY)").await }))
            .await
            .unwrap();
        db.close().await;
    }

    assert!(failpoint::arm(failpoint::ACK_BEFORE_COMMIT));
    for url in [&file, &server] {
        let db = Db::open(url, Options::default()).await.unwrap();
        // A busy machine may look too late, but not twenty times.
        let mut early = 0;
        for n in 1..=20 {
            insert(&db, format!("{n}")).await.unwrap();
            early += i64::from(count(&db).await < n);
        }
        assert!(early > 0, "no answer came before its commit");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(count(&db).await, 20, "committed later");
        db.close().await;
    }

    assert!(failpoint::arm(failpoint::COMMIT_FAILS));
    let db = Db::open(&server, Options::default()).await.unwrap();
    assert!(matches!(
        insert(&db, "lost".to_owned()).await,
        Err(DbError::Ambiguous(_))
    ));
    assert_eq!(count(&db).await, 20);
}

async fn insert(db: &Db, id: String) -> Result<u64, DbError> {
    db.write(move |tx| Box::pin(async move { tx.exec("INSERT INTO t VALUES ($1)", &[(&id).into()]).await }))
        .await
}

async fn count(db: &Db) -> i64 {
    let row = db
        .read(|tx| Box::pin(async move { tx.one("SELECT count(*) FROM t", &[]).await }))
        .await;
    row.ok().flatten().and_then(|row| row.int(0).ok()).unwrap_or(-1)
}
