//! Orphans are swept, the living are left alone, and a backup holds no KEK.

use std::time::Duration;

use vault::{OpenError, Swept, VaultError};

use crate::fixture::{Fixture, NAME, at, on_both};

on_both!(
    a_dead_instances_unused_subjects_are_swept,
    the_subjects_of_the_living_are_left_alone,
    an_orderly_end_leaves_nothing_behind,
    what_is_given_back_is_given_to_the_next,
    a_restored_copy_opens_everything,
);

async fn a_dead_instances_unused_subjects_are_swept(fixture: Fixture) {
    let dead = fixture.vault().await;
    let (used, keys) = dead.fresh().await.unwrap();
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    // Not heard of for a while, but not gone: the hardest case.
    // Past its first sign of life, which comes with its first look; the next is seconds away.
    tokio::time::sleep(Duration::from_millis(800)).await;
    let operator = fixture.store().await;
    let of_data = move |asked: Vec<uuid::Uuid>| async move {
        Ok::<_, VaultError>(
            asked
                .into_iter()
                .filter(|subject| *subject == used)
                .collect::<Vec<_>>(),
        )
    };
    let ago = Duration::from_millis(20);
    let preview = operator.sweep(ago, true, of_data).await.unwrap();
    let before = operator.status().await.unwrap();
    let swept = operator.sweep(ago, false, of_data).await.unwrap();
    assert_eq!(preview, swept);
    assert_eq!((swept.instances, swept.used), (1, 1));
    assert_eq!(swept.orphans, before.subjects - 1);
    assert_eq!(operator.status().await.unwrap().subjects, 1);
    // It may not use what was swept under it, nor anything else.
    assert_eq!(keys.open(at(&NAME), &sealed), Err(OpenError::Stale));
    assert!(matches!(dead.fresh().await, Err(VaultError::Stale)));
    let alive = fixture.vault().await.keys(used).await.unwrap();
    assert_eq!(alive.open(at(&NAME), &sealed), Ok(7));
}

async fn the_subjects_of_the_living_are_left_alone(fixture: Fixture) {
    let living = fixture.vault().await;
    let nobody = |_| async { Ok::<_, VaultError>(Vec::new()) };
    let swept = fixture
        .store()
        .await
        .sweep(vault::DEAD_AFTER, false, nobody)
        .await
        .unwrap();
    assert_eq!(swept, Swept::default());
    let (subject, _) = living.fresh().await.unwrap();
    assert!(fixture.vault().await.keys(subject).await.is_ok());
}

async fn an_orderly_end_leaves_nothing_behind(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    vault.close().await.unwrap();
    let status = vault.store().status().await.unwrap();
    assert_eq!((status.subjects, status.instances), (1, 0));
    assert_eq!(
        keys.open(at(&NAME), &sealed),
        Err(OpenError::Stale),
        "keys are not used any more"
    );
    assert!(
        fixture
            .vault()
            .await
            .keys(subject)
            .await
            .unwrap()
            .open(at(&NAME), &sealed)
            .is_ok()
    );
}

async fn what_is_given_back_is_given_to_the_next(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (first, keys) = vault.fresh().await.unwrap();
    vault.give_back(keys);
    let (second, keys) = vault.fresh().await.unwrap();
    assert_eq!(first, second);
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    assert_eq!(keys.open(at(&NAME), &sealed), Ok(7));
    vault.give_back(keys);
    vault.close().await.unwrap();
    assert_eq!(vault.store().status().await.unwrap().subjects, 0, "nobody has it");
}

async fn a_restored_copy_opens_everything(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    let url = format!("sqlite:{}", fixture.folder.path().join("backup.db").display());
    let copy = db::Db::open(&url, db::Options::default()).await.unwrap();
    vault::copy(&fixture.db().await, &copy).await.unwrap();
    assert!(
        vault::copy(&fixture.db().await, &copy).await.is_err(),
        "never over a key store"
    );
    copy.close().await;
    let bytes = std::fs::read(fixture.folder.path().join("backup.db")).unwrap();
    let kek = std::fs::read_to_string(fixture.kek(vault::Custodian::Affairs)).unwrap();
    let hex = kek.split_whitespace().last().unwrap();
    assert!(!bytes.windows(hex.len()).any(|part| part == hex.as_bytes()));
    let restored = Fixture { url, ..fixture };
    let vault = restored.vault().await;
    assert_eq!(vault.keys(subject).await.unwrap().open(at(&NAME), &sealed), Ok(7));
    assert!(vault.fresh().await.is_ok());
}
