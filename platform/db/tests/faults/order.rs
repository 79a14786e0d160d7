//! The log is synced before the answer leaves: seen from the kernel's side.
//!
//! Killing a process does not show this, for the kernel keeps the pages.

use crate::child::{Work, behind, write_if_asked};
use crate::verdict::{prepare, skip};

const ROWS: u32 = 20;

#[test]
fn every_answer_follows_a_sync_of_the_log() {
    const NAME: &str = "order::every_answer_follows_a_sync_of_the_log";
    write_if_asked();
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let trace = folder.path().join("trace");
    let file = trace.display().to_string();
    // -y shows the file behind a descriptor; one client, so that order is certain.
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-y",
        "-s",
        "64",
        "-o",
        &file,
        "-e",
        "trace=fsync,fdatasync,write",
    ];
    let work = Work {
        clients: 1,
        rows: ROWS,
        bytes: 100,
    };
    let ran = behind(&strace, NAME, folder.path(), work).output();
    if !ran.is_ok_and(|output| output.status.success()) {
        skip(
            NAME,
            "it needs strace (Debian: apt-get install strace) and leave to trace",
        );
        return;
    }
    assert_eq!(
        answers_after_a_sync(&std::fs::read_to_string(&trace).unwrap()),
        Ok(ROWS)
    );
}

/// Counts the answers, or gives the first that no completed sync went before.
fn answers_after_a_sync(trace: &str) -> Result<u32, String> {
    let (mut answers, mut synced) = (0, false);
    for line in trace.lines() {
        // A call that another thread interrupted ends on a line "<... fsync resumed>".
        let sync = line.contains("test.db-wal>") || line.contains("sync resumed>");
        if sync && line.trim_end().ends_with("= 0") {
            synced = true;
        }
        if line.contains("\"ACK ") {
            if !std::mem::take(&mut synced) {
                return Err(line.to_owned());
            }
            answers += 1;
        }
    }
    Ok(answers)
}

#[test]
fn an_answer_without_a_sync_would_be_noticed() {
    let good = "1 fdatasync(9</x/test.db-wal>) = 0\n2 write(1<pipe:[5]>, \"ACK 0-0\\n\", 8) = 8\n";
    let bad = "2 write(1<pipe:[5]>, \"ACK 0-1\\n\", 8) = 8\n";
    assert_eq!(answers_after_a_sync(good), Ok(1));
    assert!(answers_after_a_sync(&[good, bad].concat()).is_err());
    assert!(answers_after_a_sync(&good.replace("= 0", "= -1 EIO")).is_err());
}
