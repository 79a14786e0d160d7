//! Each thing that an exit can forget is seen.

use certificate::verification::Verdict;

use crate::purge::{Forgot, clean, exec, purge, truncate};
use crate::world::{World, hits, whats};

async fn without(forgot: Forgot) -> certificate::verification::Verification {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, forgot).await;
    world.scan(&witness, &record).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_not_rewritten_holds_what_was_deleted() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    // Somebody made a copy once and dropped it, from a shell that does not overwrite what it deletes.
    let shell = rusqlite::Connection::open(world.sqlite_file("lending.db")).unwrap();
    shell
        .execute_batch(
            "PRAGMA secure_delete = OFF; CREATE TABLE copy AS SELECT * FROM pulls; DROP TABLE copy",
        )
        .unwrap();
    drop(shell);
    let record = purge(&world, Forgot::Cleaning).await;
    // The log is empty, but free pages are as they were.
    for name in ["lending.db", "keys.db"] {
        truncate(&rusqlite::Connection::open(world.sqlite_file(name)).unwrap());
    }
    let found = world.scan(&witness, &record).await;
    assert_eq!(found.verdict, Verdict::Remains);
    assert!(hits(&found, "lending: ").is_empty(), "by query there is nothing");
    let kinds = hits(&found, "data/lending.db");
    assert!(kinds.contains(&("ciphertext", "raw")), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_changes_that_was_not_truncated_holds_what_was_written() {
    let world = World::sqlite().await;
    // A reader from before keeps the log from being begun anew.
    let reader = rusqlite::Connection::open(world.sqlite_file("lending.db")).unwrap();
    let db = world.db().await;
    exec(&db, "UPDATE consents SET revoked_at = 1".into()).await;
    reader.execute_batch("BEGIN; SELECT count(*) FROM firms").unwrap();
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Cleaning).await;
    let writer = rusqlite::Connection::open(world.sqlite_file("lending.db")).unwrap();
    writer.execute_batch("PRAGMA secure_delete = ON; VACUUM").unwrap();
    drop(writer);
    let keys = rusqlite::Connection::open(world.sqlite_file("keys.db")).unwrap();
    keys.execute_batch("PRAGMA secure_delete = ON; VACUUM").unwrap();
    truncate(&keys);
    let found = world.scan(&witness, &record).await;
    assert!(
        hits(&found, "lending.db-wal").contains(&("ciphertext", "raw")),
        "{:?}",
        found.hits
    );
    reader.execute_batch("COMMIT").unwrap();
    drop((reader, db));
    clean(&world);
    let found = world.scan(&witness, &record).await;
    assert_eq!((&found.hits[..], &found.findings[..]), (&[][..], &[][..]));
    assert_eq!(found.verdict, Verdict::Clean);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_left_are_seen() {
    let found = without(Forgot::Keys).await;
    assert!(whats(&found).contains(&"key-not-destroyed"));
    assert!(hits(&found, "key store: vault_keys").contains(&("wrapped-key", "raw")));
    assert!(hits(&found, "data/keys.db").contains(&("wrapped-key", "raw")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_lacks_a_row_or_a_column_or_holds_what_it_should_not_is_seen() {
    let found = without(Forgot::ArchiveRow).await;
    assert_eq!(found.verdict, Verdict::Remains);
    assert!(whats(&found).contains(&"archive-row-missing") && whats(&found).contains(&"archive-count"));
    let found = without(Forgot::ArchiveValue).await;
    assert_eq!(whats(&found), ["archive-value-differs"]);
    let found = without(Forgot::ArchiveColumn).await;
    assert!(whats(&found).contains(&"archive-column-missing"));
    let found = without(Forgot::ArchiveUnasked).await;
    let subjects: Vec<&str> = found
        .findings
        .iter()
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(subjects, ["firms.credit_code_index", "pulls.answer_sealed"]);
    assert_eq!(whats(&found), ["archive-value-unasked"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_left_without_a_line_are_seen() {
    let found = without(Forgot::Lines).await;
    assert!(whats(&found).contains(&"row-unrecorded") && whats(&found).contains(&"record-count"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_left_out_is_seen() {
    let found = without(Forgot::Table).await;
    let consents = hits(&found, "lending: consents.id");
    assert_eq!(consents, [("token", "as it is")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_not_as_it_was_is_seen() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Nothing).await;
    let file = world.sqlite_file("lending.db");
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.execute_batch(
        "DROP TRIGGER postings_no_update; UPDATE postings SET debit = 999999 WHERE debit > 0 \
        AND entry_id = (SELECT min(entry_id) FROM postings)",
    )
    .unwrap();
    truncate(&conn);
    drop(conn);
    let found = world.scan(&witness, &record).await;
    assert_eq!(whats(&found), ["ledger-altered"]);
    assert_eq!(found.kept.postings, 3);
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.execute_batch(
        "DROP TRIGGER postings_no_delete; DELETE FROM postings WHERE line = 2 AND \
        entry_id = (SELECT min(entry_id) FROM postings)",
    )
    .unwrap();
    drop(conn);
    let found = world.scan(&witness, &record).await;
    assert!(whats(&found).contains(&"ledger-missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_looked_into_is_no_pass() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Nothing).await;
    let mut at = verify::scan::Where {
        database: world.database.clone(),
        key_store: world.key_store.clone(),
        files: vec![world.path("logs"), world.path("data/lending.db")],
        papers: world.path("out"),
        archive: Some((world.path("out/archive.sealed"), world.path("archive.key"))),
    };
    let scan = |at: verify::scan::Where| {
        let (witness, record, clock) = (&witness, &record, &world.clock);
        async move { verify::scan::scan(&at, witness, record, clock).await.unwrap() }
    };
    let found = scan(at.clone()).await;
    assert_eq!(
        (found.verdict, &found.not_looked[..]),
        (Verdict::NotLooked, &["key store: its files".to_owned()][..])
    );
    // A copy of the file is not the file.
    std::fs::copy(world.path("data/keys.db"), world.path("logs/copy.db")).unwrap();
    assert_eq!(scan(at.clone()).await.verdict, Verdict::NotLooked);
    std::fs::write(world.path("logs/old.log.gz"), b"\x1f\x8b\x08 and so on").unwrap();
    at.files = world.files();
    let found = scan(at.clone()).await;
    assert_eq!(found.verdict, Verdict::NotLooked);
    assert!(found.not_looked[0].ends_with("old.log.gz: compressed or encrypted"));
    at.archive = None;
    let found = scan(at).await;
    assert_eq!(whats(&found), ["archive-missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapping_key_that_is_the_old_one_still_is_seen() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let mut record = purge(&world, Forgot::Nothing).await;
    let kek = |epoch| certificate::record::KekRotation {
        custodian: "affairs".into(),
        epoch,
    };
    record.keks_rotated = vec![kek(2)];
    assert_eq!(whats(&world.scan(&witness, &record).await), ["kek-not-rotated"]);
    record.keks_rotated = vec![kek(1)];
    assert_eq!(world.scan(&witness, &record).await.verdict, Verdict::Clean);
}
