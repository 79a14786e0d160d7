//! `backstop runbook` as somebody uses it at night: the shipped page that closes intake, on a real service.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::binaries::shipped;
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;
use crate::switch::told;

/// Somebody with a folder of their own, in which runs are kept.
pub(crate) struct Operator {
    folder: PathBuf,
    /// What every page is told: where the service is, and whose token.
    values: Vec<String>,
}

impl Operator {
    pub(crate) fn new(place: &Place, service: &Service) -> Self {
        let tokens = place.path("etc/tokens.json").display().to_string();
        let values = [
            format!("url={}", service.base),
            format!("tokens={tokens}"),
            "incident=INC-7".to_owned(),
            "reason=core banking is down".to_owned(),
        ];
        let values = values.into_iter().flat_map(|value| ["--set".to_owned(), value]);
        Self {
            folder: place.dir.path().to_owned(),
            values: values.collect(),
        }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(shipped("backstop"));
        command.current_dir(&self.folder).arg("runbook").args(words);
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
    let operator = Operator::new(&place, &service);

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
}
