//! `backstop audit`: what it prints, and its exit codes.

use std::fs;

use crate::run::{backstop, stderr, stdout};

const FIRM: &str = "frm_00000000000000000000000000000001";

/// One acknowledged registration, as its client wrote it down.
fn journal(dir: &std::path::Path) -> String {
    let digest = "ab".repeat(32);
    let line = format!(
        r#"{{"seq":1,"at":5,"key":"k1","method":"POST","path":"/v1/firms","body_digest":"{digest}","outcome":"acked","status":201,"answer_id":"{FIRM}","state":null,"amount":null,"lane":"live","kind":"existing"}}"#
    );
    let path = dir.join("journal.jsonl");
    fs::write(&path, format!("{line}\n")).unwrap();
    path.display().to_string()
}

/// An address in a server that has the service's tables.
fn database(firms: &[(&str, &str)]) -> String {
    let server = cluster::fresh_database().unwrap();
    let tables = [
        include_str!("../../../platform/store/migrations/0001_core.sql"),
        include_str!("../../../platform/store/migrations/0004_renewals.sql"),
    ];
    let mut mine = true;
    let mut sql = String::new();
    for line in tables.iter().flat_map(|text| text.lines()) {
        match line.trim() {
            "-- @both" | "-- @postgres" => mine = true,
            "-- @sqlite" => mine = false,
            _ if mine => {
                let line = line.replace("{blob}", "BYTEA");
                sql.push_str(&line.replace("{bigserial_pk}", "BIGSERIAL PRIMARY KEY"));
                sql.push('\n');
            }
            _ => {}
        }
    }
    for (id, digest) in firms {
        sql.push_str(&format!(
            "INSERT INTO firms VALUES ('{id}', '', '', '', '', '', '', '', '110000', 'C34', '{digest}', 1);"
        ));
    }
    psql(&server, &sql);
    server
}

fn psql(server: &str, sql: &str) {
    let psql = cluster::available().unwrap().join("psql");
    let run = std::process::Command::new(psql)
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server, "-c", sql])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", stderr(&run));
}

#[test]
fn a_promise_that_was_kept_is_a_pass_for_the_law_that_was_asked_about() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let url = database(&[(FIRM, &"ab".repeat(32))]);
    let asked = backstop(&["audit", "--database", &url, "--journal", &journal, "--law", "1"]);
    assert_eq!(asked.status.code(), Some(0), "{}", stderr(&asked));
    assert!(stdout(&asked).starts_with("law 1  held         Nothing acknowledged is lost (1 facts)\n"));

    // All three are asked about by default, and nothing was closed or booked.
    let all = backstop(&["audit", "--database", &url, "--journal", &journal, "--json"]);
    assert_eq!(all.status.code(), Some(4));
    let laws: serde_json::Value = serde_json::from_slice(&all.stdout).unwrap();
    let verdicts: Vec<&str> = (0..3)
        .map(|law| laws["laws"][law]["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["held", "not-touched", "not-touched"]);
}

#[test]
fn a_promise_that_was_broken_has_its_own_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let url = database(&[(FIRM, "another body")]);
    let output = backstop(&["audit", "--database", &url, "--journal", &journal]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains(&format!("content-differs: firms {FIRM}")),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_journal_that_is_none_is_named_with_its_line_and_field() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path());
    let text = fs::read_to_string(&path).unwrap().replace("\"acked\"", "\"won\"");
    fs::write(&path, text).unwrap();
    let output = backstop(&["audit", "--database", "sqlite:none.db", "--journal", &path]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("line 1, field `outcome`: must be one of acked, refused, failed, ambiguous"),
        "{said}"
    );
}

#[test]
fn a_database_that_does_not_answer_and_one_that_is_not_there_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let away = backstop(&[
        "audit",
        "--database",
        "postgres://u@127.0.0.1:1/x",
        "--journal",
        &journal,
    ]);
    assert_eq!(away.status.code(), Some(5), "{}", stderr(&away));
    let none = backstop(&[
        "audit",
        "--database",
        "sqlite:/nowhere/x.db",
        "--journal",
        &journal,
    ]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        stderr(&none).contains("/nowhere/x.db does not exist"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn snapshots_are_taken_and_marked_by_hand_for_a_close_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let url = database(&[(FIRM, &"ab".repeat(32))]);
    let folder = dir.path().join("snapshots").display().to_string();
    let audit = [
        "audit",
        "--database",
        &url,
        "--journal",
        &journal,
        "--snapshots",
        &folder,
    ];
    for point in ["closed", "reopen"] {
        let take = [
            "--take",
            point,
            "--epoch",
            "7",
            "--scope",
            "product=credit,act=draw",
        ];
        let output = backstop(&[&audit[..], &take].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(dir.path().join(format!("snapshots/{point}-7.json")).exists());
    }
    // Read back, it is a time of closed intake on which nobody pressed.
    let output = backstop(&[&audit[..], &["--law", "2", "--json"]].concat());
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let laws: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let scope = &laws["laws"][1]["evidence"]["scopes"][0];
    assert_eq!(scope["scope"], "act=draw,product=credit");
    assert_eq!(scope["verdict"], "not-touched");
    let wrong = backstop(
        &[
            &audit[..],
            &["--take", "closed", "--epoch", "8", "--scope", "act=fly"],
        ]
        .concat(),
    );
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn values_that_are_piped_in_are_looked_for_and_never_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal(dir.path());
    let url = database(&[(FIRM, &"ab".repeat(32))]);
    psql(&url, "UPDATE firms SET industry = 'of 13900718254'");
    let ask = |value: &str| {
        let mut audit = std::process::Command::new(crate::run::BACKSTOP)
            .args([
                "audit",
                "--database",
                &url,
                "--journal",
                &journal,
                "--law",
                "5",
                "--values",
            ])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let line = format!(
            "{{\"subject\":\"{FIRM}\",\"kind\":\"phone\",\"value\":\"{value}\"}}\n{{\"values\":1}}\n"
        );
        std::io::Write::write_all(audit.stdin.as_mut().unwrap(), line.as_bytes()).unwrap();
        audit.wait_with_output().unwrap()
    };
    let clear = ask("13900718254");
    assert!(
        stdout(&clear).contains("clear-text: public.firms.industry: phone in utf-8, 1 times"),
        "{}",
        stdout(&clear)
    );
    assert!(!stdout(&clear).contains("13900718254"));
    assert_eq!(clear.status.code(), Some(3));
    let nowhere = ask("13900718255");
    assert!(stdout(&nowhere).contains("law 5  held"), "{}", stdout(&nowhere));
    assert_eq!(nowhere.status.code(), Some(0));

    let without = backstop(&["audit", "--database", &url, "--journal", &journal, "--law", "5"]);
    assert!(
        stdout(&without).contains("law 5  not-touched"),
        "{}",
        stdout(&without)
    );
}
