//! What the writing process was told, against what its file holds.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

/// Every row by the answer that its writer got.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) acknowledged: BTreeSet<String>,
    pub(crate) ambiguous: BTreeSet<String>,
    pub(crate) unavailable: BTreeSet<String>,
    /// The process was told to stop.
    pub(crate) failed: bool,
    /// Rows acknowledged to a client that had been failed before. (Among clients,
    /// the order of the lines says nothing.)
    pub(crate) acknowledged_late: usize,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            acknowledged,
            ambiguous,
            unavailable,
            failed,
            acknowledged_late,
        } = self;
        write!(
            f,
            "{} acknowledged, {acknowledged_late} of them late, {} ambiguous, {} unavailable, failed: {failed}",
            acknowledged.len(),
            ambiguous.len(),
            unavailable.len()
        )
    }
}

/// A database with one empty table, closed again.
pub(crate) fn prepare(folder: &Path) {
    let conn = rusqlite::Connection::open(folder.join("test.db")).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (id TEXT PRIMARY KEY, payload BLOB)")
        .unwrap();
}

/// Runs the writing process to its end.
pub(crate) fn listen(command: &mut Command) -> Told {
    let output = command.output().unwrap();
    let told = read(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    let heard = told.acknowledged.len() + told.ambiguous.len() + told.unavailable.len();
    assert!(heard > 0, "the writing process said nothing: {said}");
    told
}

fn read(output: &Output) -> Told {
    let (mut told, mut failed) = (Told::default(), BTreeSet::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (word, id) = line.split_once(' ').unwrap_or((line, ""));
        let (id, client) = (id.to_owned(), id.split('-').next().unwrap_or_default().to_owned());
        match word {
            "ACK" => {
                told.acknowledged_late += usize::from(failed.contains(&client));
                told.acknowledged.insert(id);
            }
            "AMBIGUOUS" | "UNAVAILABLE" => {
                failed.insert(client);
                let list = if word == "AMBIGUOUS" {
                    &mut told.ambiguous
                } else {
                    &mut told.unavailable
                };
                list.insert(id);
            }
            "FAILED" => told.failed = true,
            "UNEXPECTED" => panic!("{line}"),
            _ => {}
        }
    }
    told
}

/// The rows that the file holds when it is opened anew, after recovery.
pub(crate) fn kept(folder: &Path) -> BTreeSet<String> {
    let conn = rusqlite::Connection::open(folder.join("test.db")).unwrap();
    let sound: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    let mut query = conn.prepare("SELECT id FROM t").unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

impl Told {
    /// Nobody acknowledged whose row is not there; nobody refused whose row is.
    pub(crate) fn holds_against(&self, kept: &BTreeSet<String>) {
        let lost: Vec<_> = self.acknowledged.difference(kept).collect();
        assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
        let undead: Vec<_> = self.unavailable.intersection(kept).collect();
        assert!(undead.is_empty(), "refused and there: {undead:?}");
    }
}

/// Says on the record why a test cannot run here.
#[expect(clippy::print_stdout, reason = "where the test run looks for skipped tests")]
pub(crate) fn skip(test: &str, why: &str) {
    println!("SKIPPED: {test}: {why}");
}
