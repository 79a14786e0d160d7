//! Somebody who carries out a page from its beginning to its end, does what it asks for, and is killed once on the way.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use serde_json::Value;

use super::operator::Operator;

/// Commands in one walk: each step may take a run, an answer and a decision, and the longest page has a dozen.
const MOST: usize = 60;

/// What came of a walk.
#[derive(Debug)]
pub(super) struct Walked {
    /// How it ended, as `show` has it.
    pub(super) state: String,
    /// The steps that were done, in their order.
    pub(super) done: Vec<String>,
    /// The steps that a person was asked to do, as often as they were done.
    pub(super) asked: Vec<String>,
    /// What was said on the way, a line for each event.
    pub(super) said: Vec<String>,
    /// The line at which it was killed.
    pub(super) killed: Option<String>,
}

/// Who does what a page asks a person for.
pub(super) trait Person {
    /// Does a step's task; asked once for each step.
    fn does(&self, step: &str);

    /// Says what is to become of a step whose outcome nobody knows: `done` or `retry`.
    fn decides(&self, step: &str) -> &'static str {
        panic!("nobody needs to be asked about {step}")
    }
}

/// Begins with `begin`, and kills the command that says a line of which `fatal` holds, once; lines are counted from 0.
pub(super) fn walk(
    operator: &Operator,
    begin: &[&str],
    person: &dyn Person,
    fatal: &dyn Fn(usize, &str) -> bool,
) -> Walked {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut words = owned(begin);
    let (mut run, mut said, mut killed) = (String::new(), Vec::new(), None);
    let (mut did, mut asked) = (BTreeSet::new(), Vec::new());
    for _ in 0..MOST {
        let (code, out) = carried(operator, &words, &mut said, &mut killed, fatal);
        if let Some((_, id)) = said.first().and_then(|line: &String| line.split_once("· run ")) {
            id.clone_into(&mut run);
        }
        words = owned(&["resume", &run, "--json"]);
        if code.is_none() {
            continue;
        }
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code:?}: {out}{said:?}"));
        let step = told["step"].as_str().unwrap_or_default();
        if let Some(word) = told["task"]["confirm"].as_str() {
            // Whoever was killed while it was noted down has done it all the same.
            if did.insert(step.to_owned()) {
                person.does(step);
                asked.push(step.to_owned());
            }
            words = owned(&["answer", &run, step, "--word", word, "--by", "ann", "--json"]);
        } else if told["state"] == "waits" {
            let decision = person.decides(step);
            words = owned(&["answer", &run, step, "--decide", decision, "--why", "looked"]);
            words.extend(owned(&["--by", "ann", "--json"]));
        } else if matches!(code, Some(0 | 1)) && told["state"] != "paused" {
            let shown = operator.json(&["show", &run], 0);
            let state = told["state"].as_str().unwrap().to_owned();
            let done = done(&shown);
            return Walked {
                state,
                done,
                asked,
                said,
                killed,
            };
        }
    }
    panic!("it does not end: {said:?}")
}

/// Runs one command, killed at the line that says so; its code, none if it was killed, and what it printed.
fn carried(
    operator: &Operator,
    words: &[String],
    said: &mut Vec<String>,
    killed: &mut Option<String>,
    fatal: &dyn Fn(usize, &str) -> bool,
) -> (Option<i32>, String) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = operator.command(&words);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = child.stdout.take().unwrap();
    // Answers are short, and fit into the pipe while standard error is read.
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        // Only what is in the journal counts: other lines come as the clock has it.
        let first = said.is_empty() && line.contains("· run ");
        if !(first || line.starts_with('[')) {
            continue;
        }
        let fatal = killed.is_none() && fatal(said.len(), &line);
        said.push(line.clone());
        if fatal {
            child.kill().unwrap();
            *killed = Some(line);
            break;
        }
    }
    let mut out = String::new();
    printed.read_to_string(&mut out).unwrap();
    (child.wait().unwrap().code(), out)
}

/// The steps that were done, each time that one was.
fn done(shown: &Value) -> Vec<String> {
    let journal = shown["journal"].as_array().unwrap();
    let done = journal.iter().filter(|entry| {
        let event = &entry["event"];
        event["event"] == "ended" && event["ending"]["is"] == "done"
    });
    done.map(|entry| entry["event"]["step"].as_str().unwrap().to_owned())
        .collect()
}
