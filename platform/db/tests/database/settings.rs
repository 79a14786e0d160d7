//! A setting under which an acknowledged write may be lost is found.

use crate::fixture::{Fixture, on_both, running};
use cluster::{Cluster, Options as Planted};
use db::{Db, Options, durability};

on_both!(a_database_as_opened_here_is_durable);

async fn a_database_as_opened_here_is_durable(fixture: Fixture) {
    assert_eq!(durability(&fixture.db).await, Ok(vec![]));
}

async fn found(db: &Db) -> Vec<(String, String)> {
    durability(db)
        .await
        .unwrap()
        .into_iter()
        .map(|finding| (finding.setting, finding.value))
        .collect()
}

fn one(setting: &str, value: &str) -> Vec<(String, String)> {
    vec![(setting.to_owned(), value.to_owned())]
}

#[tokio::test]
async fn a_planted_secure_delete_off_is_found_on_sqlite() {
    let fixture = Fixture::sqlite().await;
    // `synchronous` cannot be weakened inside a transaction; see the failpoints.
    fixture
        .db
        .write(running("PRAGMA secure_delete = OFF"))
        .await
        .unwrap();
    assert_eq!(found(&fixture.db).await, one("secure_delete", "0"));
}

#[tokio::test]
async fn planted_weak_settings_are_found_on_postgres() {
    for (setting, value) in [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
    ] {
        let planted = Planted {
            settings: vec![(setting, value)],
            ..Planted::default()
        };
        let cluster = Cluster::start(planted).unwrap();
        let db = Db::open(&cluster.url("postgres"), Options::default())
            .await
            .unwrap();
        assert_eq!(found(&db).await, one(setting, value));
        db.close().await;
    }
}

#[tokio::test]
async fn a_commit_that_does_not_reach_the_named_standby_is_found_on_postgres() {
    let settings = vec![("synchronous_commit", "local")];
    let cluster = Cluster::start(Planted {
        settings,
        ..Planted::default()
    })
    .unwrap();
    let db = Db::open(&cluster.url("postgres"), Options::default())
        .await
        .unwrap();
    assert!(
        found(&db).await.is_empty(),
        "without a standby, local is all there is"
    );
    cluster
        .sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 's1'")
        .unwrap();
    cluster.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen = found(&db).await;
        if !seen.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(seen, one("synchronous_commit", "local"));
}
