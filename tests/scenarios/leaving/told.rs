//! `backstop exit` as a process: what it is told and what it says, and how it is killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use db::{Db, Options};
use serde_json::Value;

use crate::binaries::shipped;

/// Retention rules that nobody has verified, taken as given.
pub(crate) const REHEARSAL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/exit/retention-rehearsal.toml"
);

/// A run of `backstop exit`.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

impl Told {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.said);
        serde_json::from_str(&self.out).unwrap()
    }

    #[track_caller]
    pub(crate) fn refused(&self, code: i32, with: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.said);
        assert!(
            self.said.contains(with) || self.out.contains(with),
            "{}{}",
            self.out,
            self.said
        );
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(shipped("backstop"));
    command
        .arg("exit")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn exit(arguments: &[&str], typed: &str) -> Told {
    use std::io::Write as _;
    let mut child = command(arguments).spawn().unwrap();
    let _gone = child.stdin.take().unwrap().write_all(typed.as_bytes());
    told(child)
}

fn told(child: Child) -> Told {
    let output = child.wait_with_output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs it and kills it after more and more time, until it has come to its end by itself.
pub(crate) fn through_kills(arguments: &[&str]) -> u32 {
    let mut patience = Duration::from_millis(15);
    for kills in 0..100 {
        let mut child = command(arguments).spawn().unwrap();
        let until = std::time::Instant::now() + patience;
        while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if child.try_wait().unwrap().is_some() {
            let told = told(child);
            assert_eq!(
                told.code,
                Some(0),
                "after {kills} kills: {}{}",
                told.out,
                told.said
            );
            return kills;
        }
        // Many early, where steps take milliseconds, and an end in sight on a busy machine.
        patience = patience * 5 / 4;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    panic!("it has not ended in 100 runs");
}

/// Kills it in each step: as soon as the exit's journal has that the step was begun, in a run of its own. Gives how many
/// steps were killed before they had ended.
pub(crate) async fn through_each_step(arguments: &[&str], journal: &Path, steps: &[&str]) -> u32 {
    let mut amid = 0;
    for step in steps {
        let mut child = command(arguments).spawn().unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() && !entered(journal, step, "begun").await {
            assert!(begun.elapsed() < Duration::from_secs(60), "{step} does not begin");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        amid += u32::from(!entered(journal, step, "ended").await);
    }
    amid
}

/// Whether the journal has an entry of this kind of a step.
async fn entered(journal: &Path, step: &str, kind: &str) -> bool {
    if !journal.exists() {
        return false;
    }
    let options = Options {
        readers: 1,
        ..Options::default()
    };
    let Ok(db) = Db::open(&format!("sqlite:{}", journal.display()), options).await else {
        return false;
    };
    let sql = "SELECT COUNT(*) FROM saga_entries WHERE event LIKE $1";
    let like = format!("%\"{kind}\"%\"step\":\"{step}\"%");
    let found = db.one(sql, &[(&like).into()]).await;
    db.close().await;
    found
        .ok()
        .flatten()
        .and_then(|row| row.int(0).ok())
        .is_some_and(|count| count > 0)
}
