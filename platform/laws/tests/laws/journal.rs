//! The journal: what is written is read back, and nothing else is accepted.

use std::io::Write as _;
use std::path::PathBuf;

use laws::journal::{Journal, Kind, Mark, Outcome, Record, Writer, append_mark};

fn record(n: u64) -> Record {
    Record {
        seq: 0,
        at: 1_700_000_000_000_000,
        key: format!("key-{n}"),
        method: "POST".to_owned(),
        path: "/v1/firms".to_owned(),
        body_digest: "ab".repeat(32),
        outcome: Outcome::Acked,
        status: Some(201),
        answer_id: Some(format!("frm_{n:032x}")),
        state: None,
        amount: None,
        lane: "live".to_owned(),
        kind: Kind::Existing,
        scope: None,
    }
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.jsonl");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

/// One good line with one field changed.
fn line_with(field: &str, value: &str) -> String {
    let mut one = record(1);
    one.seq = 1;
    let mut line = serde_json::to_value(one).unwrap();
    line[field] = serde_json::from_str(value).unwrap();
    format!("{line}\n")
}

fn refusal(text: &str) -> String {
    let (_dir, path) = file(text);
    Journal::read(&path).unwrap_err().to_string()
}

#[test]
fn what_many_tasks_write_is_read_back_whole_and_numbered() {
    let (_dir, path) = file("");
    let writer = Writer::open(&path).unwrap();
    std::thread::scope(|scope| {
        for task in 0..4 {
            let writer = writer.clone();
            scope.spawn(move || {
                for n in 0..500 {
                    writer.record(record(task * 1000 + n)).unwrap();
                }
            });
        }
    });
    writer.flush_and_sync().unwrap();
    let journal = Journal::read(&path).unwrap();
    assert_eq!(journal.records.len(), 2000);
    assert_eq!(journal.records.last().unwrap().seq, 2000);
    assert!(!journal.torn_tail);
}

#[test]
fn marks_of_another_process_stand_between_whole_lines() {
    let (_dir, path) = file("");
    let writer = Writer::open(&path).unwrap();
    let marks = 50;
    std::thread::scope(|scope| {
        scope.spawn(|| (0..20_000).for_each(|n| writer.record(record(n)).unwrap()));
        scope.spawn(|| {
            for epoch in 0..marks {
                let mark = Mark {
                    mark: "closed".to_owned(),
                    at: 1,
                    epoch: Some(epoch),
                    scope: None,
                };
                append_mark(&path, &mark).unwrap();
            }
        });
    });
    writer.flush_and_sync().unwrap();
    let journal = Journal::read(&path).unwrap();
    assert_eq!((journal.records.len(), journal.marks.len()), (20_000, 50));
    assert_eq!(journal.mark("closed").unwrap().epoch, Some(0));
}

#[test]
fn a_journal_opened_again_goes_on_with_its_numbering() {
    let (_dir, path) = file("");
    for n in 0..3 {
        let writer = Writer::open(&path).unwrap();
        writer.record(record(n)).unwrap();
        writer.flush_and_sync().unwrap();
    }
    assert_eq!(Journal::read(&path).unwrap().records[2].seq, 3);
}

#[test]
fn a_writer_killed_in_a_line_leaves_a_torn_tail_that_counts_for_nothing() {
    let (_dir, path) = file(&line_with("seq", "1"));
    let mut cut = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    cut.write_all(br#"{"seq":2,"at":17"#).unwrap();
    let journal = Journal::read(&path).unwrap();
    assert_eq!(journal.records.len(), 1);
    assert!(journal.torn_tail);
}

#[test]
fn an_error_names_the_line_and_the_field() {
    let good = line_with("seq", "1");
    assert_eq!(
        refusal(&format!("{good}{good}")),
        "line 2, field `seq`: must be 2: a record is missing or out of order"
    );
    for (field, value, problem) in [
        ("at", "-1", "must be a time in microseconds since 1970"),
        ("key", "\"\"", "must be 1–64 visible ASCII characters"),
        ("key", "\"a b\"", "must be 1–64 visible ASCII characters"),
        ("method", "\"post\"", "must be an HTTP method in capitals"),
        (
            "path",
            "\"v1\"",
            "must be a path of at most 256 visible ASCII characters",
        ),
        (
            "body_digest",
            "\"AB\"",
            "must be 64 lower-case hexadecimal digits",
        ),
        (
            "outcome",
            "\"won\"",
            "must be one of acked, refused, failed, ambiguous",
        ),
        ("outcome", "3", "must be a text"),
        (
            "status",
            "503",
            "must be 2xx for `acked`, and not 2xx for `refused` and `failed`",
        ),
        ("status", "99", "must be an HTTP status, 100–599"),
        (
            "answer_id",
            "null",
            "must name what an acknowledged write made or changed",
        ),
        ("amount", "1.5", "must be an integer of 64 bits"),
        ("amount", "-5", "must not be negative"),
        ("lane", "\"shadow:\"", "must be live or shadow:RUN"),
        ("kind", "\"new\"", "must be one of intake, existing, read"),
        ("colour", "1", "is not a field of the journal"),
    ] {
        assert_eq!(
            refusal(&line_with(field, value)),
            format!("line 1, field `{field}`: {problem}")
        );
    }
    let missing = good.replace("\"amount\":null,", "");
    assert_eq!(refusal(&missing), "line 1, field `amount`: is missing");
    assert_eq!(refusal("[1]\n"), "line 1 is not a JSON object");
    assert_eq!(refusal("{\n"), "line 1 is not JSON");
    assert_eq!(
        refusal("{\"mark\":\"pause\",\"at\":1}\n"),
        "line 1, field `mark`: must be closed, reopen, kill, restart, monitor-kill, monitor-restart or phase:NAME"
    );
}

#[test]
fn a_file_without_line_ends_does_not_fill_the_memory() {
    assert_eq!(refusal(&"x".repeat(5000)), "line 1 is longer than 4096 bytes");
}
