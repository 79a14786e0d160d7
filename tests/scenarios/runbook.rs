//! `backstop runbook` as somebody uses it at night: the shipped page that closes intake, on a real service.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::binaries::shipped;
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::process::Process;
use crate::report::skip;
use crate::service::Service;
use crate::standin::Standin;
use crate::switch::told;
use crate::terminal::{self, Terminal};

/// Somebody with a folder of their own, in which runs are kept.
pub(crate) struct Operator {
    folder: PathBuf,
    /// What every page is told: where the service is, and whose token.
    values: Vec<String>,
    /// Where the control plane is, and the tokens of those who may lead.
    control: String,
    tokens: Value,
}

impl Operator {
    pub(crate) fn new(place: &Place, service: &Service, plane: &Plane, folder: &str) -> Self {
        let tokens = place.path("etc/tokens.json").display().to_string();
        let values = [
            format!("url={}", service.base),
            format!("tokens={tokens}"),
            "incident=INC-7".to_owned(),
            "reason=core banking is down".to_owned(),
        ];
        let values = values.into_iter().flat_map(|value| ["--set".to_owned(), value]);
        let folder = place.path(folder);
        fs::create_dir_all(&folder).unwrap();
        let held = fs::read(plane.dir.join("etc/tokens.json")).unwrap();
        Self {
            folder,
            values: values.collect(),
            control: plane.base.clone(),
            tokens: serde_json::from_slice(&held).unwrap(),
        }
    }

    /// The same, acting as somebody else.
    fn acting(&self, words: &[&str], holder: &str, code: i32) -> Output {
        let mut command = self.command(words);
        command.env("BACKSTOP_CONTROL_TOKEN", self.tokens[holder].as_str().unwrap());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        output
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(shipped("backstop"));
        command
            .current_dir(&self.folder)
            .env("BACKSTOP_CONTROL_URL", &self.control)
            .env(
                "BACKSTOP_CONTROL_TOKEN",
                self.tokens["operator"].as_str().unwrap(),
            )
            .arg("runbook")
            .args(words)
            .stdin(Stdio::null());
        command
    }

    /// `backstop runbook …`, which must end with this code.
    #[track_caller]
    pub(crate) fn does(&self, words: &[&str], code: i32) -> Output {
        let output = self.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        output
    }

    /// The same with `--json`.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str], code: i32) -> Value {
        let output = self.does(&[words, &["--json"]].concat(), code);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Words with the values of `close-intake` after them.
    pub(crate) fn with<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let values = self.values.iter().map(String::as_str);
        words.iter().copied().chain(values).collect()
    }
}

/// Whether intake is closed, as an instance tells.
#[track_caller]
pub(crate) fn state(place: &Place, service: &Service) -> String {
    let tokens = place.path("etc/tokens.json").display().to_string();
    let status = told(&["status", "--url", &service.base, "--token-file", &tokens], "");
    status["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_page_is_shown_run_answered_and_done_and_another_goes_back() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");

    // What is asked wrongly is told before anything is made.
    operator.does(&["plan", "close-intake"], 2);
    operator.does(&["run", "no-such-page", "--yes"], 2);
    operator.does(&["show"], 2);
    // A dry run changes nothing.
    let plan = operator.json(&operator.with(&["plan", "close-intake"]), 0);
    assert_eq!(plan["steps"][1]["step"], "close");
    let close = plan["steps"][1]["would"].as_str().unwrap();
    assert!(close.contains("'core banking is down'"), "{close}");
    assert_eq!(state(&place, &service), "open");
    // Nobody is there to be asked.
    operator.does(&operator.with(&["run", "close-intake"]), 2);
    assert_eq!(state(&place, &service), "open");

    // It closes, and waits for the person who tells others.
    let waits = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    assert_eq!(
        (&waits["state"], &waits["step"]),
        (&"paused".into(), &"tell".into())
    );
    assert_eq!(state(&place, &service), "closed");
    let run = waits["run"].as_str().unwrap();
    let told = waits["task"]["prompt"].as_str().unwrap();
    assert!(told.contains("INC-7"), "{told}");
    // Resuming alone changes nothing, nor does another word, step or run.
    assert_eq!(operator.json(&["resume", run], 7)["step"], "tell");
    operator.does(&["answer", run, "tell", "--word", "done", "--by", "ann"], 6);
    operator.does(&["answer", run, "close", "--word", "已通知", "--by", "ann"], 6);
    operator.does(&["answer", "run_0", "tell", "--word", "已通知", "--by", "ann"], 2);
    operator.does(
        &[
            "answer", run, "tell", "--decide", "done", "--why", "x", "--by", "ann",
        ],
        6,
    );
    let answered = operator.json(&["answer", run, "tell", "--word", "已通知", "--by", "ann"], 0);
    assert_eq!(answered["state"], "done", "{answered}");
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    let shown = operator.json(&["show", run], 0);
    assert!(shown["journal"].to_string().contains("\"by\":\"ann\""), "{shown}");
    assert_eq!(operator.json(&["show"], 0)["runs"][0]["run"], run);
    operator.does(&["stop", run, "--by", "ann", "--why", "late"], 6);

    // The control plane has been told of its beginning and its end, and of nothing that was refused.
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);

    // Another is stopped: what it did is undone by people, and it says so.
    let waits = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    let run = waits["run"].as_str().unwrap();
    let stopped = operator.json(&["stop", run, "--by", "ann", "--why", "false alarm"], 0);
    assert_eq!(stopped["goes_back"], true);
    let back = operator.json(&["resume", run], 7);
    assert_eq!((&back["step"], &back["way"]), (&"close".into(), &"undo".into()));
    operator.json(
        &["answer", run, "close", "--word", "已重新开放", "--by", "ann"],
        0,
    );
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");

    // A service that is down: it surely did nothing, and a person decides.
    drop(service);
    let asked = operator.json(&operator.with(&["run", "close-intake", "--yes"]), 7);
    assert_eq!(
        (&asked["state"], &asked["step"]),
        (&"waits".into(), &"impact".into())
    );
    let run = asked["run"].as_str().unwrap();
    let decide = |what: &'static str, seq: &str, code| {
        let words = [
            "answer", run, "impact", "--decide", what, "--why", "gone", "--by", "ann",
        ];
        operator.does(&[&words[..], &["--question", seq]].concat(), code);
    };
    decide("give-up", "999", 6);
    decide("give-up", &asked["question"].to_string(), 0);
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");
    plane.until_leaves(&[("runbook.begin", 3), ("runbook.end", 3)]);
}

/// A page that another person has to approve before it closes.
const ASKING: &str = r#"---
id: close-with-consent
title_zh: 经同意后关闭受理
title_en: Close intake once somebody agrees
owner: lending-ops
severity: warning
minutes: 5
alerts: [CoreBankingOpen]
needs: [operator]
parameters:
  url: {type: url, title_zh: 地址, title_en: Address}
  tokens: {type: name, title_zh: 令牌文件, title_en: Token file}
  incident: {type: name, title_zh: 事件, title_en: Incident}
  reason: {type: text, title_zh: 原因, title_en: Why}
---

须另一人同意后才能关闭时使用。 · Use it where another person has to agree before intake is closed.

```step id=agree kind=approval people=1 timeout=1h
是否因「{{reason}}」关闭受理？ Close intake because of {{reason}}?
```

```step id=close kind=command idempotent=true undo=never why="两人方可重新开放 / reopening takes two" timeout=1m
backstop intake close --reason {{reason}} --incident {{incident}} --url {{url}} --token-file {{tokens}} --json
```
"#;

#[test]
fn somebody_else_approves_what_a_run_waits_for_and_whoever_began_it_cannot() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let page = operator.folder.join("close-with-consent.md");
    fs::write(&page, ASKING).unwrap();
    let begin = operator.with(&["run", "./close-with-consent.md", "--yes"]);

    let waits = operator.json(&begin, 7);
    let (run, digest) = (
        waits["run"].as_str().unwrap(),
        waits["approval"]["digest"].as_str().unwrap(),
    );
    assert_eq!(state(&place, &service), "open");
    let yes = ["approve", run, "agree", "--digest", digest];
    // Not by whoever began it, who is nobody else under another command; nor about anything else.
    operator.acting(&yes, "operator", 6);
    operator.does(&["answer", run, "agree", "--word", "yes", "--by", "bob"], 6);
    operator.acting(&yes, "auditor", 6);
    operator.acting(
        &["approve", run, "agree", "--digest", &"0a".repeat(32)],
        "commander",
        6,
    );
    operator.acting(&["approve", run, "close", "--digest", digest], "commander", 6);
    assert_eq!(operator.json(&["resume", run], 7)["step"], "agree");
    plane.until_leaves(&[("runbook.ask", 1), ("runbook.judge", 0)]);
    // What is shown is what plan and values come to.
    let plan = operator.json(&operator.with(&["plan", "./close-with-consent.md"]), 0);
    let shown = operator.acting(&["approve", run, "agree"], "commander", 0);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let bound = plan["bound_sha256"].as_str().unwrap();
    assert!(shown.contains(bound) && shown.contains(digest), "{shown}");

    operator.acting(&yes, "commander", 0);
    // Whoever changes the page now changes nothing of what was approved.
    fs::write(&page, ASKING.replace("intake close", "intake scram")).unwrap();
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    assert_eq!(state(&place, &service), "closed");
    plane.until_leaves(&[("runbook.judge", 1), ("runbook.end", 1)]);

    // A no ends it before anything is done.
    fs::write(&page, ASKING).unwrap();
    let waits = operator.json(&begin, 7);
    let (run, digest) = (
        waits["run"].as_str().unwrap(),
        waits["approval"]["digest"].as_str().unwrap(),
    );
    let no = ["approve", run, "agree", "--digest", digest, "--deny"];
    operator.acting(&no, "commander", 0);
    let ended = operator.json(&["resume", run], 1);
    assert_eq!(ended["state"], "undone", "{ended}");
    let journal = operator.json(&["show", run], 0)["journal"].to_string();
    assert!(!journal.contains("\"close\""), "{journal}");
}

#[test]
fn a_run_goes_on_while_both_planes_are_down_and_what_is_owed_is_told_later() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let Plane {
        dir,
        port,
        mut process,
        ..
    } = plane;
    process.kill();

    // Nothing is begun that nobody could be told of, unless somebody says why.
    let refused = operator.does(&operator.with(&["run", "close-intake", "--yes"]), 5);
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.contains("--offline --reason"), "{refused}");
    assert_eq!(operator.json(&["show"], 0)["runs"], serde_json::json!([]));
    assert_eq!(state(&place, &service), "open");
    let offline = |reason| operator.with(&["run", "close-intake", "--yes", "--offline", "--reason", reason]);
    operator.does(&offline("张三 asked"), 2);
    let waits = operator.json(&offline("plane-down"), 7);
    assert_eq!(state(&place, &service), "closed");
    let run = waits["run"].as_str().unwrap();
    operator.does(&["answer", run, "tell", "--word", "已通知", "--by", "ann"], 0);
    assert_eq!(operator.json(&["resume", run], 0)["state"], "done");
    assert_eq!(operator.json(&["deliver"], 5)["owed"], 2);

    let plane = Plane::again(dir, port);
    // Told by whoever began it, and by nobody else; once.
    operator.acting(&["deliver"], "commander", 6);
    assert_eq!(operator.json(&["deliver"], 0)["told"], 2);
    assert_eq!(operator.json(&["deliver"], 0)["told"], 0);
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);
}

/// Kills a run, without a chance to say anything, as soon as it says this; answers its id.
fn killed_at(operator: &Operator, moment: &str) -> String {
    let words = operator.with(&["run", "close-intake", "--yes"]);
    let mut child = operator
        .command(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    let mut run = String::new();
    for line in said.lines() {
        let line = line.unwrap();
        if let Some((_, id)) = line.split_once("· run ") {
            run = id.to_owned();
        }
        if line.contains(moment) {
            child.kill().unwrap();
            break;
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "{moment}: it ended by itself with {status}");
    run
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_resumed_to_the_same_end() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let moments = [
        "· run ",
        "impact  开始",
        "impact  已完成",
        "close  开始",
        "close  已完成",
        "tell  开始",
    ];
    let ends = std::thread::scope(|scope| {
        let (place, service, plane) = (&place, &service, &plane);
        let each = moments.map(|moment| {
            scope.spawn(move || {
                let operator = Operator::new(place, service, plane, &moment.replace(' ', ""));
                let run = killed_at(&operator, moment);
                // Whoever resumes waits until it is surely dead.
                let begun = std::time::Instant::now();
                let waits = operator.json(&["resume", &run], 7);
                assert_eq!(
                    (&waits["state"], &waits["step"]),
                    (&"paused".into(), &"tell".into())
                );
                let waited = begun.elapsed().as_secs();
                operator.does(&["answer", &run, "tell", "--word", "已通知", "--by", "ann"], 0);
                assert_eq!(operator.json(&["resume", &run], 0)["state"], "done");
                println!("killed at {moment:?}: resumed after {waited} s");
                done(&operator.folder, &operator.json(&["show", &run], 0))
            })
        });
        each.map(|one| one.join().unwrap())
    });
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert_eq!(ends[0], ["impact", "close", "tell"]);
    assert_eq!(state(&place, &service), "closed");
    plane.until_leaves(&[("runbook.begin", 6), ("runbook.end", 6)]);
}

/// The steps that were done, each of which exactly once.
#[track_caller]
fn done(folder: &Path, shown: &Value) -> Vec<String> {
    let journal = shown["journal"].as_array().unwrap();
    let done = journal.iter().filter(|entry| {
        let event = &entry["event"];
        event["event"] == "ended" && event["ending"]["is"] == "done"
    });
    let steps: Vec<String> = done
        .map(|entry| entry["event"]["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps.len(), 3, "{}: {shown}", folder.display());
    steps
}

/// Beyond the ten seconds that a lease on a file lasts.
const LEASE: Duration = Duration::from_secs(12);

#[test]
fn an_interruption_pauses_a_wait_and_nobody_else_carries_it_out_meanwhile() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let tokens = format!("tokens={}", place.path("etc/tokens.json").display());
    let url = format!("url={}", service.base);
    // Intake is open, so the page that reopens waits for it to be closed.
    let words = ["run", "reopen-intake", "--yes", "--set", &url, "--set", &tokens];
    let mut waiting = Process::start(&mut operator.command(&words), &place.path("waiting.log"));
    let begun = std::time::Instant::now();
    while !waiting.said().contains("closed  开始") {
        assert!(begun.elapsed() < LEASE, "{}", waiting.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    let runs = operator.json(&["show"], 0);
    let run = runs["runs"][0]["run"].as_str().unwrap();
    // Alive, whatever its lease said when it was looked at: nobody takes it over, and nobody answers or stops it.
    operator.does(&["resume", run], 6);
    operator.does(&["stop", run, "--by", "ann", "--why", "false alarm"], 6);

    let status = waiting.terminate();
    assert_eq!(status.code(), Some(7), "{}", waiting.said());
    assert!(waiting.said().contains("已暂停 · paused"), "{}", waiting.said());
    operator.does(&["stop", run, "--by", "ann", "--why", "false alarm"], 0);
    assert_eq!(operator.json(&["resume", run], 1)["state"], "undone");
    plane.until_leaves(&[("runbook.begin", 1), ("runbook.end", 1)]);
}

#[test]
fn at_a_terminal_a_person_is_shown_what_happens_and_types_the_word() {
    if let Some(why) = terminal::unavailable() {
        skip(
            "at_a_terminal_a_person_is_shown_what_happens_and_types_the_word",
            &why,
        );
        return;
    }
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    let held = operator.folder.join("tokens.json");
    fs::copy(plane.dir.join("etc/tokens.json"), &held).unwrap();
    let script = operator.folder.join("night.sh");
    let values: Vec<String> = operator.values.iter().map(|value| format!("'{value}'")).collect();
    let text = format!(
        "cd {} && backstop runbook run close-intake --url {} --token-file tokens.json {}\n",
        operator.folder.display(),
        operator.control,
        values.join(" ")
    );
    fs::write(&script, text).unwrap();

    let programs = shipped("backstop");
    let screen = Terminal::open(110, 48, programs.parent().unwrap());
    let soon = Duration::from_secs(10);
    let enter = |text: &str| {
        screen.types(text);
        screen.enter();
    };
    enter(&format!("sh {}", script.display()));
    screen.shows(soon, |row| row.contains("type yes"));
    assert_eq!(state(&place, &service), "open");
    enter("yes");
    screen.shows(soon, |row| row.contains("[2/3] close  已完成 · done"));
    screen.shows(soon, |row| row.contains("已通知"));
    // Another word is none, and it asks again.
    enter("ok");
    screen.shows(soon, |row| {
        row.matches("type").count() > 0 && row.trim_end().ends_with("later):")
    });
    enter("已通知");
    screen.shows(soon, |row| row.contains("close-intake  已完成 · done"));
    let runs = operator.json(&["show"], 0);
    assert_eq!(runs["runs"][0]["state"], "done");
}
