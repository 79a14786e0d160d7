//! `backstop evidence`: a log, its key and its anchors as files, and every exit code.

use std::fs;
use std::path::Path;

use evidence::proof::Head;
use evidence::tree::{Hash, root};
use evidence::{FINANCING, Signer};
use serde_json::{Value, json};

use crate::run::{backstop, stderr, stdout};

/// A folder with an exported log of eight leaves, anchored at five and at eight.
struct Log(tempfile::TempDir);

impl Log {
    fn new(origin: &str) -> Self {
        let log = Self(tempfile::tempdir().unwrap());
        let signer = Signer::new(origin, &[7; 32]).unwrap();
        let bodies: Vec<String> = (0..8).map(|n| body(origin, n)).collect();
        let hashes: Vec<Hash> = bodies
            .iter()
            .map(|body| evidence::leaf_hash(body.as_bytes()))
            .collect();
        let anchors: String = [5, 8]
            .map(|size| {
                let head = Head {
                    size: size as u64,
                    root: root(&hashes[..size]),
                };
                format!("{}\n", json!({ "at": 1, "checkpoint": signer.checkpoint(&head) }))
            })
            .concat();
        log.write("log.jsonl", &(bodies.join("\n") + "\n"));
        log.write("log.pub", &format!("{}\n", signer.verifier()));
        log.write("anchors.jsonl", &anchors);
        log
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn verify(&self, more: &[&str]) -> std::process::Output {
        let (log, key, anchors) = (
            self.path("log.jsonl"),
            self.path("log.pub"),
            self.path("anchors.jsonl"),
        );
        let args = [
            "evidence",
            "verify",
            "--log",
            &log,
            "--key",
            &key,
            "--anchors",
            &anchors,
        ];
        backstop(&[&args, more].concat())
    }
}

fn body(origin: &str, n: u64) -> String {
    let facts = json!({ "act": "intake.close", "actor": "operator", "at": 1_788_000_000_000_000_u64 + n,
        "body": {}, "id": format!("lef_{n:032x}"), "origin": origin, "subject": "everything" });
    let Value::Object(facts) = facts else {
        unreachable!()
    };
    evidence::body::canonical(facts).unwrap()
}

#[test]
fn a_log_that_is_what_was_anchored_is_verified_and_a_changed_one_has_its_own_exit_code() {
    let log = Log::new(FINANCING);
    let good = log.verify(&[]);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let line = "backstop/financing  verified: 8 leaves, 8 of them under a checkpoint, 0 wait for an index";
    assert!(stdout(&good).starts_with(line), "{}", stdout(&good));

    let text = log.read("log.jsonl");
    for (change, finding) in [
        (
            text.replacen("\"operator\"", "\"somebody\"", 1),
            "contradicts-anchor",
        ),
        (
            text.lines().take(6).map(|line| format!("{line}\n")).collect(),
            "truncated",
        ),
        (
            text.lines().rev().map(|line| format!("{line}\n")).collect(),
            "contradicts-anchor",
        ),
    ] {
        log.write("log.jsonl", &change);
        let bad = log.verify(&["--json"]);
        assert_eq!(bad.status.code(), Some(3));
        let report: Value = serde_json::from_slice(&bad.stdout).unwrap();
        assert_eq!(report["logs"][0]["findings"][0]["what"], finding);
    }
    // A log that is gone is found by what was anchored outside it.
    log.write("log.jsonl", "");
    let gone = log.verify(&[]);
    assert_eq!(gone.status.code(), Some(3));
    assert!(stdout(&gone).contains("truncated: 0 leaves"), "{}", stdout(&gone));
}

#[test]
fn a_log_that_nothing_is_anchored_of_is_no_pass() {
    let log = Log::new(FINANCING);
    let (path, key) = (log.path("log.jsonl"), log.path("log.pub"));
    let bare = backstop(&["evidence", "verify", "--log", &path, "--key", &key]);
    assert_eq!(bare.status.code(), Some(4), "{}", stdout(&bare));
    log.write("anchors.jsonl", "{\"at\":1,\"checkpoint\":\"nothing\"}\n");
    let forged = log.verify(&[]);
    assert_eq!(forged.status.code(), Some(1));
    assert!(
        stderr(&forged).contains("anchors.jsonl:1 is no checkpoint"),
        "{}",
        stderr(&forged)
    );
    let nowhere = backstop(&["evidence", "verify", "--log", "nowhere.jsonl", "--key", &key]);
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn two_logs_are_verified_at_once_each_with_its_own_key() {
    let (one, two) = (Log::new(FINANCING), Log::new("backstop/control"));
    let (log, key, anchors) = (
        two.path("log.jsonl"),
        two.path("log.pub"),
        two.path("anchors.jsonl"),
    );
    let more = ["--log", &log, "--key", &key, "--anchors", &anchors, "--json"];
    let both = one.verify(&more);
    assert_eq!(both.status.code(), Some(0), "{}", stderr(&both));
    let report: Value = serde_json::from_slice(&both.stdout).unwrap();
    assert_eq!(report["logs"].as_array().unwrap().len(), 2);
    two.write("log.jsonl", &two.read("log.jsonl").replacen("close", "reopen", 1));
    assert_eq!(one.verify(&more).status.code(), Some(3));
}

#[test]
fn a_proof_shows_one_leaf_to_who_has_the_public_key_and_nothing_else() {
    let log = Log::new(FINANCING);
    let (path, key, anchors) = (
        log.path("log.jsonl"),
        log.path("log.pub"),
        log.path("anchors.jsonl"),
    );
    let prove = |what: &[&str]| {
        let args = [
            "evidence",
            "prove",
            "--log",
            &path,
            "--key",
            &key,
            "--anchors",
            &anchors,
        ];
        backstop(&[&args, what].concat())
    };
    let prefix = log.path("act");
    let proved = prove(&["--index", "6", "--out", &prefix]);
    assert_eq!(proved.status.code(), Some(0), "{}", stderr(&proved));
    let proof = log.read("act.tlog-proof");
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nindex 6\n"), "{proof}");
    let (proof, leaf) = (log.path("act.tlog-proof"), log.path("act.leaf"));
    let check = || {
        backstop(&[
            "evidence", "verify", "--key", &key, "--proof", &proof, "--leaf", &leaf,
        ])
    };
    let holds = check();
    assert_eq!(holds.status.code(), Some(0), "{}", stderr(&holds));
    assert!(stdout(&holds).starts_with("holds: the leaf is number 6 of the 8 leaves"));
    fs::write(&leaf, body(FINANCING, 5)).unwrap();
    assert_eq!(check().status.code(), Some(3), "another leaf");

    let grown = prove(&["--from", "5", "--out", &prefix]);
    assert_eq!(grown.status.code(), Some(0), "{}", stderr(&grown));
    let file = log.path("act.json");
    let check = || backstop(&["evidence", "verify", "--key", &key, "--consistency", &file]);
    assert_eq!(check().status.code(), Some(0), "{}", stderr(&check()));
    let forged = log.read("act.json").replacen(
        "\"proof\":[\"",
        "\"proof\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"",
        1,
    );
    log.write("act.json", &forged);
    assert_eq!(check().status.code(), Some(3));

    assert_eq!(prove(&["--index", "99"]).status.code(), Some(2), "no such leaf");
    assert_eq!(
        prove(&["--from", "4"]).status.code(),
        Some(4),
        "no such checkpoint"
    );
}

#[test]
fn leaves_are_listed_newest_last_and_exported_once() {
    let log = Log::new(FINANCING);
    let path = log.path("log.jsonl");
    let shown = backstop(&["evidence", "show", "--log", &path, "--last", "2"]);
    let lines: Vec<String> = stdout(&shown).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].trim_start().starts_with('7') && lines[1].contains("intake.close"),
        "{lines:?}"
    );
    let none = backstop(&["evidence", "show", "--log", &path, "--act", "day.run", "--json"]);
    assert_eq!((none.status.code(), stdout(&none).as_str()), (Some(0), ""));
    let copy = log.path("copy.jsonl");
    let export = || backstop(&["evidence", "show", "--log", &path, "--export", &copy]);
    assert_eq!(export().status.code(), Some(0));
    assert_eq!(log.read("copy.jsonl"), log.read("log.jsonl"));
    assert_eq!(export().status.code(), Some(1), "never overwritten");
    assert!(Path::new(&copy).exists());
}
