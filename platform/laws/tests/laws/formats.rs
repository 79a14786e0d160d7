//! Files that come from outside: whatever is in them, a checker refuses or reads
//! exactly what is there, and never guesses.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use laws::closed::{Point, Snapshot, save, windows};
use laws::journal::record::{CLOSED, REOPEN};
use laws::journal::{Journal, Kind, Mark, Outcome, Record};
use laws::log::anchors;
use proptest::prelude::*;

use crate::log_tampering::{checkpoint, key, leaf};
use crate::place::Place;

fn record(seq: u64) -> Record {
    Record {
        seq,
        at: 1_700_000_000_000_000,
        key: format!("key-{seq}"),
        method: "POST".to_owned(),
        path: "/v1/firms".to_owned(),
        body_digest: "ab".repeat(32),
        outcome: Outcome::Acked,
        status: Some(201),
        answer_id: Some(format!("frm_{seq:032x}")),
        state: None,
        amount: None,
        lane: "live".to_owned(),
        kind: Kind::Existing,
        scope: None,
    }
}

fn put(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn good() -> Vec<u8> {
    let lines = (1..=3).map(|seq| serde_json::to_string(&record(seq)).unwrap() + "\n");
    lines.collect::<String>().into_bytes()
}

/// A journal in which one time of closed intake is marked.
fn marked() -> Journal {
    let mark = |mark: &str, at| Mark {
        mark: mark.to_owned(),
        at,
        epoch: Some(7),
        scope: None,
    };
    Journal {
        marks: vec![mark(CLOSED, 1), mark(REOPEN, 2)],
        ..Journal::default()
    }
}

/// One of an empty database, taken once.
fn snapshot() -> &'static Snapshot {
    static EMPTY: OnceLock<Snapshot> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let place = Place::sqlite().await;
            Snapshot::take(&place.url(), 1).await.unwrap()
        })
    })
}

fn save_both(dir: &Path) {
    for point in [Point::Closed, Point::Reopen] {
        save(dir, point, 7, snapshot()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_are_more_than_no_journal(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (_dir, path) = put("journal.jsonl", &bytes);
        if let Ok(journal) = Journal::read(&path) {
            prop_assert!(journal.records.is_empty() && journal.marks.is_empty());
        }
    }

    #[test]
    fn a_byte_that_changed_is_refused_or_read_as_it_is(at in 0_usize..2000, to in any::<u8>()) {
        let mut bytes = good();
        let at = at % bytes.len();
        bytes[at] = to;
        let (_dir, path) = put("journal.jsonl", &bytes);
        if let Ok(journal) = Journal::read(&path) {
            let lines = journal.records.iter().map(|record| serde_json::to_string(record).unwrap());
            for line in lines {
                let line: serde_json::Value = serde_json::from_str(&line).unwrap();
                let there = bytes.split(|byte| *byte == b'\n').any(|text| {
                    serde_json::from_slice::<serde_json::Value>(text).is_ok_and(|text| text == line)
                });
                prop_assert!(there, "{line} is not in the file");
            }
        }
    }

    #[test]
    fn a_journal_that_was_cut_off_loses_its_last_line_and_says_so(at in 0_usize..2000) {
        let bytes = good();
        let at = at % (bytes.len() + 1);
        let (_dir, path) = put("journal.jsonl", &bytes[..at]);
        let journal = Journal::read(&path).unwrap();
        let whole = bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(journal.records.len(), whole);
        prop_assert_eq!(journal.torn_tail, at > 0 && bytes[at - 1] != b'\n');
    }

    #[test]
    fn no_bytes_are_more_than_no_anchor(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (_dir, path) = put("anchors.jsonl", &bytes);
        if let Ok(found) = anchors::read(&path, &[key()]) {
            prop_assert!(found.is_empty());
        }
    }

    #[test]
    fn an_anchor_of_which_a_byte_changed_is_refused_or_says_the_same(at in 0_usize..4000, to in any::<u8>()) {
        let leaves: Vec<_> = (0..3).map(|n| leaf(n, "day.run", "operator", "2026-01-08", 1)).collect();
        let line = serde_json::json!({ "at": 5, "checkpoint": checkpoint(&leaves) }).to_string() + "\n";
        let (_dir, path) = put("anchors.jsonl", line.as_bytes());
        let good = anchors::read(&path, &[key()]).unwrap();
        let mut bytes = line.into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(found) = anchors::read(&path, &[key()]) {
            for anchor in found {
                prop_assert_eq!(anchor.head.size, good[0].head.size);
                prop_assert_eq!(anchor.head.root, good[0].head.root);
            }
        }
    }

    #[test]
    fn no_bytes_are_more_than_no_snapshot(bytes in prop::collection::vec(any::<u8>(), 0..200), which in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        save_both(dir.path());
        prop_assert_eq!(windows(dir.path(), &marked()).unwrap().len(), 1);
        let name = if which { CLOSED } else { REOPEN };
        std::fs::write(dir.path().join(format!("{name}-7.json")), &bytes).unwrap();
        prop_assert!(windows(dir.path(), &marked()).is_err(), "a window is never left out");
    }
}
