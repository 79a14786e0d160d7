//! A copy of the database, made and restored with what docs/restore.md names.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::place::Place;

/// A backup: a copy of the file, or `pg_dump`'s.
pub(super) struct Backup(PathBuf);

impl Backup {
    /// Of a place whose service has ended.
    pub(super) fn of(place: &Place, name: &str) -> Self {
        let copy = place.path(name);
        match file(place) {
            Some(file) => drop(fs::copy(file, &copy).unwrap()),
            None => postgres(
                "pg_dump",
                &["-Fc", "-f", &copy.display().to_string(), "-d", &place.url],
            ),
        }
        Self(copy)
    }

    /// In the database's place.
    pub(super) fn restore(&self, place: &Place) {
        match file(place) {
            Some(file) => {
                for log in ["-wal", "-shm"] {
                    let _none = fs::remove_file(format!("{}{log}", file.display()));
                }
                fs::copy(&self.0, file).unwrap();
            }
            None => {
                let cluster = place.cluster.as_ref().unwrap();
                let drop = "DROP DATABASE IF EXISTS financing WITH (FORCE)";
                cluster.sql("postgres", drop).unwrap();
                cluster.create_database("financing").unwrap();
                let dump = self.0.display().to_string();
                postgres("pg_restore", &["--exit-on-error", "-d", &place.url, &dump]);
            }
        }
    }
}

fn file(place: &Place) -> Option<PathBuf> {
    place.url.strip_prefix("sqlite://").map(PathBuf::from)
}

fn postgres(program: &str, arguments: &[&str]) {
    let program = cluster::available().unwrap().join(program);
    let done = Command::new(program).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
