//! A destroyed key is unusable everywhere within a second, and does not come back.

use std::time::{Duration, Instant};

use vault::{Category, LEASE, OpenError};

use crate::fixture::{ANSWER, Fixture, NAME, at, on_both};

on_both!(
    the_other_instance_refuses_within_a_second,
    an_instance_that_hears_nothing_stops,
    destroying_again_changes_nothing,
    a_restored_older_store_destroys_again_at_its_start,
    a_rotation_makes_older_backups_worthless,
);

async fn the_other_instance_refuses_within_a_second(fixture: Fixture) {
    let (one, other) = (fixture.vault().await, fixture.vault().await);
    let (subject, keys) = one.fresh().await.unwrap();
    let sealed = keys.seal(at(&ANSWER), &7_i64).unwrap();
    let name = keys.seal(at(&NAME), &8_i64).unwrap();
    let held = other.keys(subject).await.unwrap();
    assert_eq!(held.open(at(&ANSWER), &sealed), Ok(7));

    one.destroy(subject, &[Category::Answers]).await.unwrap();
    let committed = Instant::now();
    assert_eq!(
        keys.open(at(&ANSWER), &sealed),
        Err(OpenError::Destroyed),
        "here at once"
    );
    while held.open(at(&ANSWER), &sealed).is_ok() {
        assert!(committed.elapsed() <= LEASE, "still opened after the lease");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(LEASE.saturating_sub(committed.elapsed())).await;
    // Only that category died; the instance goes on.
    assert_eq!(held.open(at(&ANSWER), &sealed), Err(OpenError::Destroyed));
    assert_eq!(held.seal(at(&ANSWER), &1_i64).unwrap_err(), OpenError::Destroyed);
    assert_eq!(held.commit(at(&ANSWER), b"x").unwrap_err(), OpenError::Destroyed);
    assert_eq!(held.open(at(&NAME), &name), Ok(8));
    let late = fixture.vault().await.keys(subject).await.unwrap();
    assert_eq!(late.open(at(&ANSWER), &sealed), Err(OpenError::Destroyed));
}

/// The store is closed under it, as a network that is cut.
async fn an_instance_that_hears_nothing_stops(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (_, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    assert_eq!(keys.open(at(&NAME), &sealed), Ok(7));
    vault.store().close().await;
    let cut = Instant::now();
    tokio::time::sleep(LEASE + Duration::from_millis(20)).await;
    assert!(cut.elapsed() >= LEASE);
    assert_eq!(keys.open(at(&NAME), &sealed), Err(OpenError::Stale));
    assert_eq!(keys.seal(at(&NAME), &7_i64).unwrap_err(), OpenError::Stale);
    assert!(vault.fresh().await.is_err());
}

async fn destroying_again_changes_nothing(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (one, _) = vault.fresh().await.unwrap();
    let (two, _) = vault.fresh().await.unwrap();
    let first = vault
        .destroy(one, &[Category::Answers, Category::Features])
        .await
        .unwrap();
    assert_eq!(vault.destroy(one, &[Category::Answers]).await.unwrap(), first);
    assert_eq!(vault.destroy(two, &[Category::Answers]).await.unwrap(), first + 1);
    assert_eq!(vault.store().status().await.unwrap().destroyed, 3);
    assert!(
        vault
            .destroy(uuid::Uuid::from_u128(7), &[Category::Answers])
            .await
            .is_err()
    );
}

async fn a_restored_older_store_destroys_again_at_its_start(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&ANSWER), &7_i64).unwrap();
    let backup = format!("sqlite:{}", fixture.folder.path().join("backup.db").display());
    let copy = db::Db::open(&backup, db::Options::default()).await.unwrap();
    let copied = vault::copy(&fixture.db().await, &copy).await.unwrap();
    assert!(copied.subjects > 0 && copied.destroyed == 0);
    copy.close().await;

    vault.destroy(subject, &[Category::Answers]).await.unwrap();
    let restored = Fixture {
        url: backup,
        ..fixture
    };
    let vault = restored.vault().await;
    let keys = vault.keys(subject).await.unwrap();
    assert_eq!(keys.open(at(&ANSWER), &sealed), Err(OpenError::Destroyed));
    assert_eq!(vault.store().status().await.unwrap().destroyed, 1);
}

/// The planted fault: the same restore without the journal opens what was destroyed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_journal_a_restored_store_would_bring_the_key_back() {
    let fixture = Fixture::sqlite();
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&ANSWER), &7_i64).unwrap();
    let backup = format!("sqlite:{}", fixture.folder.path().join("backup.db").display());
    let copy = db::Db::open(&backup, db::Options::default()).await.unwrap();
    vault::copy(&fixture.db().await, &copy).await.unwrap();
    copy.close().await;
    vault.destroy(subject, &[Category::Answers]).await.unwrap();
    let restored = Fixture {
        url: backup,
        ..fixture
    };
    std::fs::remove_file(restored.journal()).unwrap();
    let keys = restored.vault().await.keys(subject).await.unwrap();
    assert_eq!(keys.open(at(&ANSWER), &sealed), Ok(7));
}

async fn a_rotation_makes_older_backups_worthless(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&ANSWER), &7_i64).unwrap();
    let url = format!("sqlite:{}", fixture.folder.path().join("backup.db").display());
    let copy = db::Db::open(&url, db::Options::default()).await.unwrap();
    vault::copy(&fixture.db().await, &copy).await.unwrap();
    copy.close().await;
    vault.destroy(subject, &[Category::Answers]).await.unwrap();
    vault
        .store()
        .rotate(vault::Custodian::Affairs, |_| {})
        .await
        .unwrap();
    let name = keys.seal(at(&NAME), &8_i64).unwrap();
    assert_eq!(keys.open(at(&NAME), &name), Ok(8));
    assert_eq!(keys.open(at(&ANSWER), &sealed), Err(OpenError::Destroyed));

    let thief = Fixture { url, ..fixture };
    std::fs::remove_file(thief.journal()).unwrap();
    let refused = thief.try_store().await.err().unwrap();
    assert!(refused.to_string().contains("no KEK of epoch 1"), "{refused}");
}
