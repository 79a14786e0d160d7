//! A COMMIT that fails on SQLite: everyone in doubt, and nothing more is written.

use db::{Db, DbError, Options, failpoint};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_is_ambiguous_for_all_and_stops_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let db = Db::open(&url, Options::default()).await.unwrap();
    let create = |sql: &'static str| db.write(move |tx| Box::pin(async move { tx.batch(sql).await }));
    create("CREATE TABLE t (id TEXT PRIMARY KEY)").await.unwrap();
    create("INSERT INTO t VALUES ('kept')").await.unwrap();

    assert!(failpoint::arm(failpoint::COMMIT_FAILS));
    let insert = create("INSERT INTO t VALUES ('in doubt')").await;
    assert!(matches!(insert, Err(DbError::Ambiguous(_))), "{insert:?}");
    assert!(matches!(db.failed().await, DbError::Ambiguous(_)));
    let later = create("INSERT INTO t VALUES ('later')").await;
    assert!(matches!(later, Err(DbError::Unavailable(_))), "{later:?}");
    let read = db
        .read(|tx| Box::pin(async move { tx.many("SELECT id FROM t", &[]).await }))
        .await;
    assert_eq!(
        read.map(|rows| rows.len()),
        Ok(1),
        "what is there can still be read"
    );
}
