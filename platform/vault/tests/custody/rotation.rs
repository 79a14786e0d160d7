//! A KEK is rotated while the vaults go on, and a rotation that dies at any step is ended by the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use vault::suite::Suites;
use vault::{Custodian, FileKek, KekProvider, Step};

use crate::fixture::{Fixture, NAME, PHONE, at, on_both};

on_both!(
    the_service_reads_and_writes_while_the_kek_rotates,
    a_rotation_that_dies_at_any_step_is_ended_by_the_next,
    a_key_destroyed_while_its_row_is_rewrapped_stays_destroyed,
    an_instance_without_the_new_kek_is_waited_for,
    two_who_rotate_at_once_do_it_once,
    one_that_was_begun_without_a_journal_is_ended,
    a_journal_of_other_steps_is_refused,
);

fn epochs(fixture: &Fixture, custodian: Custodian) -> Vec<u32> {
    FileKek::open(fixture.kek(custodian), custodian, Suites::standard())
        .unwrap()
        .epochs()
}

async fn the_service_reads_and_writes_while_the_kek_rotates(fixture: Fixture) {
    let (service, operator) = (fixture.vault().await, fixture.store().await);
    let (subject, keys) = service.fresh().await.unwrap();
    let sealed = keys.seal(at(&NAME), &7_i64).unwrap();
    let phone = keys.seal(at(&PHONE), &8_i64).unwrap();
    let going = Arc::new(AtomicBool::new(true));
    let reading = tokio::spawn({
        let (service, going) = (service.clone(), Arc::clone(&going));
        async move {
            let mut made = Vec::new();
            while going.load(Ordering::Relaxed) {
                let (subject, keys) = service.fresh().await.unwrap();
                made.push((subject, keys.seal(at(&NAME), &1_i64).unwrap()));
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            made
        }
    });
    for custodian in Custodian::ALL {
        let rotated = operator.rotate(custodian, |_| {}).await.unwrap();
        assert_eq!(rotated.epoch, 2);
        assert!(rotated.subjects > 200, "those made ahead as well");
        assert_eq!(epochs(&fixture, custodian), [2]);
    }
    going.store(false, Ordering::Relaxed);
    let made = reading.await.unwrap();
    assert!(!made.is_empty());
    let fresh = fixture.vault().await;
    for (subject, sealed) in made {
        assert_eq!(fresh.keys(subject).await.unwrap().open(at(&NAME), &sealed), Ok(1));
    }
    let keys = fresh.keys(subject).await.unwrap();
    assert_eq!(
        (keys.open(at(&NAME), &sealed), keys.open(at(&PHONE), &phone)),
        (Ok(7), Ok(8))
    );
    assert_eq!(fresh.blind_index("a", "b"), service.blind_index("a", "b"));
    let status = operator.status().await.unwrap();
    assert!(
        status
            .keks
            .iter()
            .all(|kek| kek.epoch == 2 && kek.behind == 0 && !kek.rotating)
    );
}

/// Dies by unwinding at the nth step, for every n: nothing after it runs, as after a kill.
async fn a_rotation_that_dies_at_any_step_is_ended_by_the_next(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    let sealed = keys.seal(at(&PHONE), &7_i64).unwrap();
    let mut ended = false;
    let mut epoch = 1;
    for deadly in 1.. {
        let operator = fixture.store().await;
        let steps = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&steps);
        let died = tokio::spawn(async move {
            operator
                .rotate(Custodian::Identity, move |step| {
                    let mut steps = seen.lock().unwrap();
                    steps.push(step);
                    let dies = steps.len() == deadly;
                    drop(steps);
                    assert!(!dies, "planted death");
                })
                .await
        })
        .await
        .is_err();
        if !died {
            ended = true;
            break;
        }
        let operator = fixture.store().await;
        let target = epoch + 1;
        let rotated = operator.rotate(Custodian::Identity, |_| {}).await.unwrap();
        // A rotation that died after its last durable step was over: the next one is a new one.
        assert!(
            rotated.epoch == target || rotated.epoch == target + 1,
            "{rotated:?}"
        );
        epoch = rotated.epoch;
        assert_eq!(
            epochs(&fixture, Custodian::Identity),
            [epoch],
            "after {:?}",
            steps.lock().unwrap()
        );
        let again = fixture.vault().await;
        let keys = again.keys(subject).await.unwrap();
        assert_eq!(keys.open(at(&PHONE), &sealed), Ok(7));
        // An instance that just vanished would be waited for.
        again.close().await.unwrap();
    }
    assert!(ended);
}

async fn a_key_destroyed_while_its_row_is_rewrapped_stays_destroyed(fixture: Fixture) {
    let vault = fixture.vault().await;
    let mut subjects = Vec::new();
    for _ in 0..400 {
        subjects.push(vault.fresh().await.unwrap().0);
    }
    let destroying = tokio::spawn({
        let (vault, subjects) = (vault.clone(), subjects.clone());
        async move {
            for subject in subjects {
                vault.destroy(subject, &[vault::Category::Answers]).await.unwrap();
            }
        }
    });
    let operator = fixture.store().await;
    while !destroying.is_finished() {
        operator.rotate(Custodian::Affairs, |_| {}).await.unwrap();
    }
    destroying.await.unwrap();
    let db = fixture.db().await;
    let alive = db.read(|tx| {
        Box::pin(async move {
            tx.one(
                "SELECT count(*) FROM vault_keys k JOIN vault_destroyed d ON d.subject = k.subject \
                 WHERE k.answers IS NOT NULL",
                &[],
            )
            .await
        })
    });
    assert_eq!(alive.await.unwrap().unwrap().int(0).unwrap(), 0);
}

/// An instance on another machine has a copy of the file that nobody has updated.
async fn an_instance_without_the_new_kek_is_waited_for(fixture: Fixture) {
    let far = tempfile::tempdir().unwrap();
    for custodian in Custodian::ALL {
        std::fs::copy(
            fixture.kek(custodian),
            far.path().join(format!("{}.kek", custodian.as_str())),
        )
        .unwrap();
    }
    let far = Fixture {
        folder: far,
        url: fixture.url.clone(),
    };
    let distant = far.vault().await;
    let (subject, keys) = distant.fresh().await.unwrap();
    let sealed = keys.seal(at(&PHONE), &7_i64).unwrap();
    let operator = fixture.store().await;
    let mut steps = Vec::new();
    let refused = operator
        .rotate(Custodian::Identity, |step| steps.push(step))
        .await
        .unwrap_err();
    assert!(matches!(refused, vault::VaultError::Waiting(_)), "{refused}");
    assert_eq!(steps, [Step::Added, Step::Announced]);
    assert_eq!(
        epochs(&fixture, Custodian::Identity),
        [1, 2],
        "the old one is still needed"
    );

    // However often it is run in vain, it can be run again.
    for _ in 0..4 {
        let refused = operator.rotate(Custodian::Identity, |_| {}).await.unwrap_err();
        assert!(matches!(refused, vault::VaultError::Waiting(_)), "{refused}");
    }

    // The operator carries the file over, and runs it again.
    std::fs::copy(fixture.kek(Custodian::Identity), far.kek(Custodian::Identity)).unwrap();
    operator.rotate(Custodian::Identity, |_| {}).await.unwrap();
    assert_eq!(keys.open(at(&PHONE), &sealed), Ok(7));
    assert_eq!(
        distant.keys(subject).await.unwrap().open(at(&PHONE), &sealed),
        Ok(7)
    );
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(
        epochs(&far, Custodian::Identity),
        [2],
        "destroyed there too, once it heard"
    );
}

async fn two_who_rotate_at_once_do_it_once(fixture: Fixture) {
    let vault = fixture.vault().await;
    for _ in 0..300 {
        vault.fresh().await.unwrap();
    }
    let (one, other) = (fixture.store().await, fixture.store().await);
    let both = tokio::join!(
        one.rotate(Custodian::Affairs, |_| {}),
        other.rotate(Custodian::Affairs, |_| {})
    );
    // Who comes while the other is at it waits, and finds it done; who comes later rotates once more.
    let epochs_of = [both.0.unwrap().epoch, both.1.unwrap().epoch];
    assert!(
        epochs_of.contains(&2) && epochs_of.iter().all(|epoch| *epoch <= 3),
        "{epochs_of:?}"
    );
    assert_eq!(
        epochs(&fixture, Custodian::Affairs),
        [*epochs_of.iter().max().unwrap()]
    );
}

async fn sql(fixture: &Fixture, sql: String) {
    let db = fixture.db().await;
    let done: Result<u64, db::DbError> = db
        .write(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }))
        .await;
    assert_eq!(done.unwrap(), 1);
    db.close().await;
}

/// As a version before this one left it: the target is there, the KEK too, and no journal.
async fn one_that_was_begun_without_a_journal_is_ended(fixture: Fixture) {
    let operator = fixture.store().await;
    let custodian = Custodian::Identity;
    let kek = FileKek::open(fixture.kek(custodian), custodian, Suites::standard()).unwrap();
    kek.add(2).unwrap();
    sql(
        &fixture,
        "UPDATE vault_keks SET target = 2 WHERE custodian = 'identity'".to_owned(),
    )
    .await;
    let status = operator.status().await.unwrap();
    assert!(status.keks.iter().any(|kek| kek.rotating && kek.step.is_none()));
    assert_eq!(operator.rotate(custodian, |_| {}).await.unwrap().epoch, 2);
    assert_eq!(epochs(&fixture, custodian), [2]);
    let status = operator.status().await.unwrap();
    assert!(status.keks.iter().all(|kek| !kek.rotating && kek.step.is_none()));
}

/// Whoever has another idea of the steps than the one who began reads nothing into its journal.
async fn a_journal_of_other_steps_is_refused(fixture: Fixture) {
    let operator = fixture.store().await;
    let other = "INSERT INTO saga_sagas (id, kind, plan, context, begun_by, begun_at, seq, standing, lease_until, fence) \
         VALUES ('rotation-affairs-2', 'rotation:affairs', 'of other steps', '{}', 'vault', 1, 0, 'open', 0, 0)";
    sql(&fixture, other.to_owned()).await;
    let refused = operator.rotate(Custodian::Affairs, |_| {}).await.unwrap_err();
    assert!(matches!(refused, vault::VaultError::Saga(_)), "{refused}");
    assert_eq!(epochs(&fixture, Custodian::Affairs), [1], "nothing was made");
    assert_eq!(
        operator.rotate(Custodian::Identity, |_| {}).await.unwrap().epoch,
        2
    );
}
