//! A reconciliation that is killed at its first, second, third … commit and run again ends as one that was not.

use std::process::{Command, ExitStatus, Stdio};

use laws::verdict::Verdict;
use serde_json::Value;

use super::backup::Backup;
use super::wire::Tripwire;
use super::{APPLY, key, law_7, reconcile, reconciling, shape};
use crate::place::Place;
use crate::{report, trace};

/// More steps than a reconciliation has: a run that never ends would be no test.
const MOST: u64 = 60;
/// Fewer would mean that nothing was killed: it marks, closes a scope in two steps, revokes, and believes.
const LEAST: u64 = 4;

/// Kills it at every step, on a copy that is put in the place each time.
pub(super) async fn at_every_step(place: &Place, restored: &Backup) {
    let whole = reconcile(&place.url, place, APPLY);
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    let wanted = shape::of(&place.url).await;
    if place.cluster.is_none()
        && let Some(why) = trace::unavailable()
    {
        report::skip("a reconciliation that is killed at every step on SQLite", &why);
        return;
    }
    for step in 1..=MOST {
        restored.restore(place);
        let status = killed(place, step).await;
        if status.success() {
            println!("killed at each of {} steps", step - 1);
            assert!(step > LEAST, "killed {} times only", step - 1);
            assert_same(place, &wanted, step).await;
            return;
        }
        assert_eq!(
            status.code(),
            None,
            "step {step}: not killed, but ended: {status}"
        );
        let again = reconcile(&place.url, place, APPLY);
        assert_eq!(again.status.code(), Some(0), "step {step}: {again:?}");
        assert_same(place, &wanted, step).await;
    }
    panic!("it is killed at step {MOST}, too");
}

async fn assert_same(place: &Place, wanted: &Value, step: u64) {
    assert_eq!(&shape::of(&place.url).await, wanted, "killed at step {step}");
    // Each act of either run has its leaf: what was signed before the restore and is lost is another matter.
    let old = key(place, "etc/evidence.pub");
    let ruling = law_7(place, &[old], &[]).await;
    assert_eq!(
        ruling.verdict,
        Verdict::Held,
        "killed at step {step}: {ruling:#?}"
    );
}

/// Runs it, killed as its n-th commit is about to reach the disk, or the server.
async fn killed(place: &Place, step: u64) -> ExitStatus {
    let Some(cluster) = &place.cluster else {
        return killed_on_disk(place, step);
    };
    let wire = Tripwire::to(cluster.port(), step).await;
    let [theirs, ours] = [cluster.port(), wire.port].map(|port| format!(":{port}/"));
    let url = place.url.replace(&theirs, &ours);
    let mut command = reconciling(&url, place, APPLY);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    loop {
        if wire.tripped() {
            child.kill().unwrap();
        }
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// `strace` kills it as it asks for the n-th sync of SQLite's log, which each commit asks for.
fn killed_on_disk(place: &Place, step: u64) -> ExitStatus {
    let log = format!("{}-wal", place.url.trim_start_matches("sqlite://"));
    let command = reconciling(&place.url, place, APPLY);
    Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-P",
            &log,
            "-o",
            "/dev/null",
            "-e",
            "trace=fdatasync,fsync",
            "-e",
        ])
        .arg(format!("inject=fdatasync,fsync:signal=SIGKILL:when={step}"))
        .arg(command.get_program())
        .args(command.get_args())
        .stdout(Stdio::null())
        .status()
        .unwrap()
}
