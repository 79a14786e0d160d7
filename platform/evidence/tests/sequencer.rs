//! Leaves get dense indexes from one process at a time, and nothing is signed
//! that contradicts what was anchored.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set itself up should stop"
)]

use std::path::Path;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, DbError, Options, Row};
use evidence::handed_over::{self, HandOverError};
use evidence::proof::{Head, consistency, consistent, included, inclusion};
use evidence::sequencer::{Duty, Seen, SequenceError};
use evidence::tree::{Hash, root};
use evidence::{AnchorFile, FINANCING, Leaf, MIGRATION, Sequencer, Signer, leave};
use tokio::sync::watch;

fn signer() -> Signer {
    Signer::new(FINANCING, &[7; 32]).unwrap()
}

/// A log with its anchor file.
struct Log {
    db: Db,
    folder: tempfile::TempDir,
}

impl Log {
    async fn open(url: &str, folder: tempfile::TempDir) -> Self {
        let db = Db::open(url, Options::default()).await.unwrap();
        db::migrate(&db, &[MIGRATION]).await.unwrap();
        Self { db, folder }
    }

    fn anchors(&self) -> AnchorFile {
        AnchorFile::open(&self.path(), signer().verifier()).unwrap()
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("anchors.jsonl")
    }

    fn sequencer(&self) -> Sequencer {
        Sequencer::new(self.db.clone(), signer(), Some(self.anchors()), Clock::system())
    }

    /// One that holds the log.
    async fn holder(&self) -> Sequencer {
        let mut sequencer = self.sequencer();
        sequencer.take_over().await.unwrap();
        sequencer
    }

    async fn leave(&self, count: i64, at: i64) {
        for n in 0..count {
            let left: Result<(), DbError> = self
                .db
                .write(move |tx| {
                    Box::pin(async move {
                        let leaf = Leaf {
                            origin: FINANCING,
                            act: "intake.close",
                            actor: "operator-1",
                            subject: "everything",
                            at: at + n,
                            body: serde_json::json!({ "n": n }),
                        };
                        leave(tx, leaf).await
                    })
                })
                .await;
            left.unwrap();
        }
    }

    async fn rows(&self, sql: &'static str) -> Vec<Row> {
        let rows: Result<Vec<Row>, DbError> = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[]).await }))
            .await;
        rows.unwrap()
    }

    async fn change(&self, sql: &'static str) {
        let done: Result<(), DbError> = self
            .db
            .write(move |tx| Box::pin(async move { tx.batch(sql).await }))
            .await;
        done.unwrap();
    }

    /// As after a failover to a standby that lacked the rest.
    async fn falls_back_to_three(&self) {
        self.change(
            "DELETE FROM evidence_leaves WHERE idx >= 3; DELETE FROM evidence_checkpoints; \
             UPDATE evidence_heads SET size = 3",
        )
        .await;
    }

    async fn hashes(&self) -> Vec<Hash> {
        let sql = "SELECT idx, hash FROM evidence_leaves WHERE idx IS NOT NULL ORDER BY idx";
        let rows = self.rows(sql).await;
        for (place, row) in rows.iter().enumerate() {
            assert_eq!(row.int(0).unwrap(), i64::try_from(place).unwrap(), "dense");
        }
        rows.iter()
            .map(|row| row.bytes(1).unwrap().try_into().unwrap())
            .collect()
    }
}

async fn leaves_get_dense_indexes_and_a_checkpoint_that_proves_each(log: Log) {
    let mut sequencer = log.holder().await;
    assert_eq!(sequencer.sign().await.unwrap(), None, "nothing to sign");
    log.leave(3, 1_000).await;
    assert_eq!(sequencer.integrate().await.unwrap(), 3);
    let (first, note) = sequencer.sign().await.unwrap().unwrap();
    assert_eq!(signer().verifier().open(&note).unwrap(), first);
    // Who commits late left earlier: it comes after those that have their index.
    log.leave(2, 0).await;
    assert_eq!(sequencer.integrate().await.unwrap(), 2);
    let (head, _) = sequencer.sign().await.unwrap().unwrap();
    assert_eq!(sequencer.sign().await.unwrap(), None, "signed already");

    let hashes = log.hashes().await;
    assert_eq!((head.size, head.root), (5, root(&hashes)));
    for (index, hash) in hashes.iter().enumerate() {
        let proof = inclusion(index, &hashes).unwrap();
        assert!(included(index as u64, head.size, hash, &proof, &head.root));
    }
    assert!(consistent(&first, &head, &consistency(3, &hashes).unwrap()));
    assert_eq!(log.anchors().newest().unwrap(), Some(head));
}

async fn of_two_sequencers_one_is_fenced(log: Log) {
    let mut one = log.holder().await;
    log.leave(2, 1).await;
    one.integrate().await.unwrap();
    one.sign().await.unwrap();
    let mut two = log.holder().await;
    log.leave(2, 10).await;
    assert!(matches!(one.integrate().await, Err(SequenceError::Fenced)));
    assert!(matches!(one.sign().await, Err(SequenceError::Fenced)));
    assert_eq!(two.integrate().await.unwrap(), 2);
    assert_eq!(two.sign().await.unwrap().unwrap().0.size, 4);
    assert_eq!(log.hashes().await.len(), 4);
}

async fn two_at_once_never_number_a_leaf_twice(log: Log) {
    let (mut one, mut two) = (log.holder().await, log.sequencer());
    log.leave(60, 1).await;
    for _ in 0..5 {
        // Whoever takes over last wins; the other is fenced at any point of its work.
        let (a, b) = tokio::join!(one.integrate(), async {
            two.take_over().await?;
            two.integrate().await
        });
        assert!(a.is_ok() || matches!(a, Err(SequenceError::Fenced)), "{a:?}");
        b.unwrap();
        log.leave(20, 100).await;
        std::mem::swap(&mut one, &mut two);
    }
    one.take_over().await.unwrap();
    one.integrate().await.unwrap();
    assert_eq!(log.hashes().await.len(), 160);
}

async fn a_log_that_was_restored_to_an_earlier_state_is_not_signed(log: Log) {
    let mut before = log.holder().await;
    log.leave(4, 1).await;
    before.integrate().await.unwrap();
    before.sign().await.unwrap();
    log.falls_back_to_three().await;
    // The process that was running knows, whatever became of its file.
    assert!(matches!(before.integrate().await, Err(SequenceError::Fenced)));
    let refused = before.take_over().await.unwrap_err();
    assert!(
        matches!(refused, SequenceError::Shorter { size: 3, anchored: 4 }),
        "{refused}"
    );
    // A new process knows from the file.
    let mut after = log.sequencer();
    let refused = after.take_over().await.unwrap_err();
    assert!(refused.is_final());
    assert!(matches!(after.sign().await, Err(SequenceError::Fenced)));
}

async fn a_second_history_is_not_signed_after_a_failover(log: Log) {
    let mut before = log.holder().await;
    log.leave(4, 1).await;
    before.integrate().await.unwrap();
    before.sign().await.unwrap();
    // The standby that was promoted lacked the last leaf, and went on with others.
    log.falls_back_to_three().await;
    log.leave(3, 50).await;
    let mut careless = Sequencer::new(log.db.clone(), signer(), None, Clock::system());
    careless.take_over().await.unwrap();
    careless.integrate().await.unwrap();
    let refused = log.sequencer().take_over().await.unwrap_err();
    assert!(
        matches!(refused, SequenceError::Contradiction { size: 4 }),
        "{refused}"
    );
    assert!(matches!(
        before.take_over().await,
        Err(SequenceError::Contradiction { size: 4 })
    ));
}

async fn who_looked_on_knows_after_a_failover_what_others_signed(log: Log) {
    // Two instances on two machines, each with an anchor file of its own.
    let mut holder = log.holder().await;
    let elsewhere = log.folder.path().join("elsewhere.jsonl");
    let own = AnchorFile::open(&elsewhere, signer().verifier()).unwrap();
    let standby = Sequencer::new(log.db.clone(), signer(), Some(own), Clock::system());
    let (seen, mut watch) = watch::channel(Seen::default());
    let until = Shutdown::new();
    let running = tokio::spawn(standby.run(seen, until.clone()));
    log.leave(4, 1).await;
    holder.integrate().await.unwrap();
    holder.sign().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(holder);
    log.falls_back_to_three().await;
    log.leave(3, 50).await;
    watch.wait_for(|seen| seen.duty == Duty::Refused).await.unwrap();
    until.trigger();
    running.await.unwrap();
    assert_eq!(log.hashes().await.len(), 3, "nothing was numbered");
}

async fn a_file_that_several_share_is_read_again_at_a_take_over(log: Log) {
    let mut late = log.sequencer();
    let mut before = log.holder().await;
    log.leave(4, 1).await;
    before.integrate().await.unwrap();
    before.sign().await.unwrap();
    log.falls_back_to_three().await;
    let refused = late.take_over().await.unwrap_err();
    assert!(
        matches!(refused, SequenceError::Shorter { size: 3, anchored: 4 }),
        "{refused}"
    );
}

async fn a_checkpoint_that_the_database_refused_is_kept_and_told_later(log: Log) {
    let mut sequencer = log.holder().await;
    log.leave(2, 1).await;
    sequencer.integrate().await.unwrap();
    log.change("ALTER TABLE evidence_checkpoints RENAME TO away")
        .await;
    sequencer.sign().await.unwrap_err();
    assert_eq!(log.anchors().newest().unwrap().unwrap().size, 2, "it is anchored");
    log.change("ALTER TABLE away RENAME TO evidence_checkpoints")
        .await;
    // No leaf came since, and all the same nobody goes without it.
    assert_eq!(sequencer.sign().await.unwrap().unwrap().0.size, 2);
    let kept = log.rows("SELECT size FROM evidence_checkpoints").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(sequencer.sign().await.unwrap(), None);
}

async fn a_running_sequencer_numbers_within_two_seconds_and_once_more_at_the_end(log: Log) {
    let (seen, watch) = watch::channel(Seen::default());
    let until = Shutdown::new();
    let running = tokio::spawn(log.sequencer().run(seen, until.clone()));
    log.leave(3, 1).await;
    let begun = tokio::time::Instant::now();
    while log.hashes().await.len() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(10), "nothing is numbered");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    log.leave(1, 5).await;
    until.trigger();
    running.await.unwrap();
    assert_eq!(log.hashes().await.len(), 4);
    let seen = watch.borrow().clone();
    assert_eq!((seen.size, seen.signed.unwrap().0.size), (4, 4));
    assert_eq!(seen.duty, Duty::Holding);
    assert_eq!(
        evidence::pending::pending(&log.db, FINANCING)
            .await
            .unwrap()
            .count,
        0
    );
}

async fn a_running_sequencer_refuses_a_restored_log_until_a_person_has_looked(log: Log) {
    let mut before = log.holder().await;
    log.leave(2, 1).await;
    before.integrate().await.unwrap();
    before.sign().await.unwrap();
    log.change(
        "DELETE FROM evidence_leaves; DELETE FROM evidence_checkpoints; UPDATE evidence_heads SET size = 0",
    )
    .await;
    log.leave(2, 9).await;
    let (seen, mut watch) = watch::channel(Seen::default());
    let until = Shutdown::new();
    let running = tokio::spawn(log.sequencer().run(seen, until.clone()));
    watch.wait_for(|seen| seen.duty == Duty::Refused).await.unwrap();
    until.trigger();
    running.await.unwrap();
    assert!(log.hashes().await.is_empty(), "nothing was numbered");
}

async fn another_logs_checkpoints_are_kept_and_a_split_view_is_refused(log: Log) {
    let other = Signer::new(evidence::CONTROL, &[9; 32]).unwrap();
    let keys = vec![other.verifier().clone()];
    let keep = async |head: Head, signer: &Signer| {
        let (keys, note) = (keys.clone(), signer.checkpoint(&head));
        log.db
            .write(move |tx| {
                Box::pin(async move {
                    let (key, head) = handed_over::verify(&keys, &note)?;
                    handed_over::keep(tx, key, &head, &note, 1).await
                })
            })
            .await
    };
    let head = Head {
        size: 5,
        root: [1; 32],
    };
    keep(head, &other).await.unwrap();
    keep(head, &other).await.unwrap();
    assert_eq!(keep(head, &signer()).await, Err(HandOverError::Unknown));
    let second = Head {
        size: 5,
        root: [2; 32],
    };
    let refused = keep(second, &other).await.unwrap_err();
    assert!(
        matches!(refused, HandOverError::SplitView { size: 5, .. }),
        "{refused}"
    );
    // What another log handed over is no anchor of this one.
    log.leave(1, 1).await;
    let mut sequencer = log.holder().await;
    assert_eq!(sequencer.integrate().await.unwrap(), 1);
}

async fn on_sqlite<F: Future<Output = ()>>(story: impl Fn(Log) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    story(Log::open(&url, folder).await).await;
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("log.db").display())
}

async fn on_postgres<F: Future<Output = ()>>(story: impl Fn(Log) -> F) {
    let url = cluster::fresh_database().expect("PostgreSQL is installed and starts");
    story(Log::open(&url, tempfile::tempdir().unwrap()).await).await;
}

macro_rules! on_both {
    ($($story:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::on_sqlite(super::$story).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    super::on_postgres(super::$story).await;
                }
            )+
        }
    };
}

on_both! {
    leaves_get_dense_indexes_and_a_checkpoint_that_proves_each,
    of_two_sequencers_one_is_fenced,
    two_at_once_never_number_a_leaf_twice,
    a_log_that_was_restored_to_an_earlier_state_is_not_signed,
    a_second_history_is_not_signed_after_a_failover,
    who_looked_on_knows_after_a_failover_what_others_signed,
    a_file_that_several_share_is_read_again_at_a_take_over,
    a_checkpoint_that_the_database_refused_is_kept_and_told_later,
    a_running_sequencer_numbers_within_two_seconds_and_once_more_at_the_end,
    a_running_sequencer_refuses_a_restored_log_until_a_person_has_looked,
    another_logs_checkpoints_are_kept_and_a_split_view_is_refused,
}
