//! An earlier copy of the database comes back, and `financing reconcile` over it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use db::{Db, DbError, Options};
use serde_json::Value;

use super::TestApp;

/// A copy of a database.
pub(crate) enum Copy {
    File(PathBuf),
    /// A database of the same server, by its name.
    Database(String),
}

impl TestApp {
    /// Stops, copies the database, sets the copy back by some statements, and starts again.
    pub(crate) async fn copied(self, set_back: &[&'static str]) -> (Self, Copy) {
        let place = self.stop().await.place;
        let copy = match file(&place.url) {
            Some(file) => {
                let copy = file.with_extension("copy");
                fs::copy(&file, &copy).unwrap();
                Copy::File(copy)
            }
            None => {
                let name = name(&place.url);
                let copy = format!("{name}_copy");
                psql(&place.url, &format!("CREATE DATABASE {copy} TEMPLATE {name}"));
                Copy::Database(copy)
            }
        };
        let url = match &copy {
            Copy::File(copy) => format!("sqlite://{}", copy.display()),
            Copy::Database(copy) => format!("{}/{copy}", place.url.rsplit_once('/').unwrap().0),
        };
        let db = Db::open(&url, Options::default()).await.unwrap();
        for sql in set_back.iter().copied() {
            let set = db.write::<_, DbError, _>(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }));
            set.await.unwrap();
        }
        db.close().await;
        (Self::over(place).await, copy)
    }

    /// Stops, puts the copy in the database's place, and starts again.
    pub(crate) async fn restored(self, copy: &Copy, with_journal: bool) -> Self {
        let mut place = self.stop().await.place;
        match (copy, file(&place.url)) {
            (Copy::File(copy), Some(file)) => {
                for log in ["-wal", "-shm"] {
                    let _none = fs::remove_file(format!("{}{log}", file.display()));
                }
                fs::copy(copy, file).unwrap();
            }
            (Copy::Database(copy), _) => {
                let name = name(&place.url);
                psql(&place.url, &format!("DROP DATABASE {name}"));
                psql(&place.url, &format!("CREATE DATABASE {name} TEMPLATE {copy}"));
            }
            (Copy::File(_), None) => panic!("a file is no database of a server"),
        }
        place.recovery = with_journal;
        Self::over(place).await
    }

    /// Stops, and starts again on another server's database.
    pub(crate) async fn moved(self, url: String, with_journal: bool) -> Self {
        let mut place = self.stop().await.place;
        place.url = url;
        place.recovery = with_journal;
        Self::over(place).await
    }

    /// The recovery journal.
    pub(crate) fn recovery_journal(&self) -> PathBuf {
        self.place.dir.path().join("recovery.jsonl")
    }

    /// Runs `financing reconcile` with this journal; its code, what it printed, and what it complained of.
    pub(crate) async fn reconcile(&self, journal: &Path, more: &[&str]) -> (i32, Value, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_financing"));
        command.args(["reconcile", "--json", "--database", &self.place.url]);
        command.arg("--recovery-journal").arg(journal).args(more);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let complaint = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said, complaint)
    }
}

fn file(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").map(PathBuf::from)
}

fn name(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// As the superuser, in another database of the server.
fn psql(url: &str, sql: &str) {
    let programs = cluster::available().unwrap();
    let server = url.rsplit_once('/').unwrap().0;
    let done = Command::new(programs.join("psql"))
        .args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &format!("{server}/postgres"),
            "-c",
            sql,
        ])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
