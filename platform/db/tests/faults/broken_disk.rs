//! A disk that fails to sync, to write, or to grow a file.

use crate::child::{Work, behind, write_if_asked};
use crate::verdict::{Told, kept, listen, prepare, skip};
use std::process::Command;

/// Eight clients share commits; each keeps writing after it was refused.
const WORK: Work = Work {
    clients: 8,
    rows: 60,
    bytes: 2000,
};

/// Whether strace may trace here; a container can forbid it.
fn strace_works(test: &str) -> bool {
    let works = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status();
    if works.is_ok_and(|status| status.success()) {
        return true;
    }
    skip(
        test,
        "it needs strace (Debian: apt-get install strace) and leave to trace",
    );
    false
}

/// Fails the `when`-th of these system calls on the file `test.db<suffix>`, once:
/// whoever tries again would succeed, and must not.
fn under_a_fault(name: &str, calls: &str, suffix: &str, when: u32, work: Work) -> Told {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let file = folder
        .path()
        .join(format!("test.db{suffix}"))
        .display()
        .to_string();
    let trace = format!("trace={calls}");
    let inject = format!("inject={calls}:error=EIO:when={when}");
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        &file,
        "-e",
        &trace,
        "-e",
        &inject,
    ];
    let told = listen(&mut behind(&strace, name, folder.path(), work));
    told.holds_against(&kept(folder.path()));
    assert!(told.failed, "the process was not told to stop: {told:?}");
    assert_eq!(told.acknowledged_late, 0, "{told:?}");
    told
}

#[test]
fn a_failed_sync_of_a_commit_is_ambiguous_and_final() {
    const NAME: &str = "broken_disk::a_failed_sync_of_a_commit_is_ambiguous_and_final";
    write_if_asked();
    if strace_works(NAME) {
        let told = under_a_fault(NAME, "fsync,fdatasync", "-wal", 10, WORK);
        assert!(
            !told.acknowledged.is_empty() && !told.ambiguous.is_empty(),
            "{told:?}"
        );
        assert!(told.unavailable.len() > 100, "writing went on: {told:?}");
    }
}

#[test]
fn a_failed_write_of_a_commit_is_ambiguous_and_final() {
    const NAME: &str = "broken_disk::a_failed_write_of_a_commit_is_ambiguous_and_final";
    write_if_asked();
    if strace_works(NAME) {
        let told = under_a_fault(NAME, "pwrite64", "-wal", 50, WORK);
        assert!(
            !told.acknowledged.is_empty() && !told.ambiguous.is_empty(),
            "{told:?}"
        );
        assert!(told.unavailable.len() > 100, "writing went on: {told:?}");
    }
}

/// SQLite itself would overlook this one, and drop from the log at the next
/// checkpoint what never reached the database file.
#[test]
fn a_failed_sync_of_a_checkpoint_stops_the_writer() {
    const NAME: &str = "broken_disk::a_failed_sync_of_a_checkpoint_stops_the_writer";
    write_if_asked();
    if strace_works(NAME) {
        // 3,200 rows of 100 KB fill the log of 64 MB and go on while it is moved; at 256 MB the writer
        // waits for that, however slow the disk, and syncs the file. Nothing is written after it fails.
        let work = Work {
            clients: 8,
            rows: 400,
            bytes: 100_000,
        };
        let told = under_a_fault(NAME, "fsync,fdatasync", "", 1, work);
        assert!(
            told.acknowledged.len() > 100 && told.ambiguous.is_empty(),
            "{told:?}"
        );
        assert!(!told.unavailable.is_empty(), "writing went on: {told:?}");
    }
}

/// The kernel refuses to grow the log, as a quota does.
#[test]
fn a_file_that_may_not_grow_is_ambiguous_and_final() {
    const NAME: &str = "broken_disk::a_file_that_may_not_grow_is_ambiguous_and_final";
    write_if_asked();
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    // 400 blocks of 512 bytes; without the trap the signal would end the process.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\""];
    let told = listen(&mut behind(&limited, NAME, folder.path(), WORK));
    told.holds_against(&kept(folder.path()));
    assert!(told.failed && told.acknowledged_late == 0, "{told:?}");
    assert!(
        !told.acknowledged.is_empty() && !told.ambiguous.is_empty(),
        "{told:?}"
    );
}
