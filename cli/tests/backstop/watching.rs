//! What is watched, from a terminal: over a control plane that this binary serves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{BACKSTOP, backstop, stderr, stdout};

/// Ends with the test.
struct Plane {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Drop for Plane {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const RULES: &str = "groups:\n  - name: none\n    rules:\n      - {alert: Never, expr: vector(1) == 2}\n";

/// Calls two people over a program that writes down whom it called; they have two seconds.
fn watch(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"
        [rules]
        files = ["{folder}/rules.yml"]
        [notify.route]
        receiver = "nobody"
        [[notify.receivers]]
        name = "nobody"
        [[notify.channels]]
        name = "call"
        exec = {{ program = "/bin/sh", args = ["-c", "cat >> {folder}/called"] }}
        [[notify.people]]
        id = "first"
        contacts = [{{ channel = "call", to_file = "{folder}/phone" }}]
        [[notify.people]]
        id = "second"
        contacts = [{{ channel = "call", to_file = "{folder}/phone" }}]
        [[notify.escalations]]
        name = "tree"
        steps = [{{ page = ["person:first", "person:second"] }}]
        # Never by itself within this test.
        [notify.call_tree]
        escalation = "tree"
        day = 1
        at = "{}"
        within = "2s"
        "#,
        elsewhen()
    )
}

/// A time of day in China that is twelve hours away, so that no test begins by itself.
fn elsewhen() -> String {
    let minute = (base::clock::Clock::system().now_micros() / 60_000_000 + 480 + 720) % 1_440;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Plane {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let text = |path: PathBuf| path.display().to_string();
        fs::write(at("rules.yml"), RULES).unwrap();
        fs::write(at("phone"), "10000").unwrap();
        fs::write(at("watch.toml"), watch(folder.path())).unwrap();
        let made = backstop(&["init", &text(at("etc"))]);
        assert!(made.status.success(), "{}", stderr(&made));
        let child = Command::new(BACKSTOP)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(["--database", &format!("sqlite:{}", text(at("control.db")))])
            .args(["--keys", &text(at("etc"))])
            .args(["--anchor-file", &text(at("anchors.jsonl"))])
            .args(["--watch", &text(at("watch.toml"))])
            .args(["--ready-file", &text(at("ready"))])
            .stdout(Stdio::null())
            .stderr(fs::File::create(at("log")).unwrap())
            .spawn()
            .unwrap();
        let mut plane = Self {
            child,
            url: String::new(),
            folder,
        };
        let ready = plane.folder.path().join("ready");
        let log = plane.folder.path().join("log");
        until(|| ready.exists(), || fs::read_to_string(&log).unwrap_or_default());
        plane.url = format!("http://{}", fs::read_to_string(&ready).unwrap().trim());
        plane
    }

    fn run(&self, args: &[&str]) -> Output {
        let tokens = self.folder.path().join("etc/tokens.json").display().to_string();
        backstop(&[&["watch"], args, &["--url", &self.url, "--token-file", &tokens]].concat())
    }

    fn called(&self) -> usize {
        let called = fs::read_to_string(self.folder.path().join("called")).unwrap_or_default();
        called.matches("\"calltree\"").count()
    }
}

fn until(holds: impl Fn() -> bool, said: impl Fn() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn a_call_tree_is_shown_beforehand_begun_and_judged_by_its_exit_code() {
    let plane = Plane::start();
    let none = plane.run(&["call-tree"]);
    assert_eq!(code(&none), Some(6), "{}", stderr(&none));
    let shown = plane.run(&["call-tree", "--begin"]);
    assert_eq!(code(&shown), Some(0), "{}", stderr(&shown));
    assert!(stdout(&shown).contains("first, second"), "{}", stdout(&shown));
    let alone = plane.run(&["call-tree", "--yes"]);
    assert_eq!(code(&alone), Some(2), "--yes of nothing");
    let still = plane.run(&["call-tree"]);
    assert_eq!((code(&still), plane.called()), (Some(6), 0), "nobody was called");

    let begun = plane.run(&["call-tree", "--begin", "--yes", "--json"]);
    assert_eq!(code(&begun), Some(0), "{}", stderr(&begun));
    let begun: Value = serde_json::from_str(&stdout(&begun)).unwrap();
    assert_eq!(
        (&begun["state"], &begun["begun_by"]),
        (&"running".into(), &"operator".into())
    );
    until(
        || plane.called() == 2,
        || format!("{} were called", plane.called()),
    );
    until(
        || code(&plane.run(&["call-tree"])) == Some(1),
        || stdout(&plane.run(&["call-tree"])),
    );
    let failed = stdout(&plane.run(&["call-tree"]));
    assert!(failed.contains("no answer 未应答"), "{failed}");
}

#[test]
fn values_are_asked_for_over_a_time() {
    let plane = Plane::start();
    let shown = plane.run(&["query", "vector(2) * 3", "--from", "1m", "--step", "20s"]);
    assert_eq!(code(&shown), Some(0), "{}", stderr(&shown));
    let text = stdout(&shown);
    assert_eq!(
        text.lines().filter(|line| line.ends_with(" 6")).count(),
        4,
        "{text}"
    );
    let json = plane.run(&[
        "query",
        "time()",
        "--from",
        "1000",
        "--to",
        "1970-01-01T00:20:00Z",
        "--step",
        "100s",
        "--json",
    ]);
    let json: Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(json["data"]["resultType"], "matrix");
    assert_eq!(
        json["data"]["result"][0]["values"],
        serde_json::json!([[1000, "1000"], [1100, "1100"], [1200, "1200"]])
    );
    for wrong in [
        vec!["query", "up{", "--from", "1m"],
        vec!["query", "up", "--from", "yesterday"],
        vec!["query", "up", "--from", "100d", "--step", "1s"],
        vec!["query", "up", "--step", "1s"],
    ] {
        let refused = plane.run(&wrong);
        assert_eq!(code(&refused), Some(2), "{wrong:?}: {}", stderr(&refused));
    }
}
