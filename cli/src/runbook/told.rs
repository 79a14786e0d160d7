//! How a run stands, in words or as one JSON object, and as an exit code.

use std::fmt::Write as _;

use base::exit;
use runbooks::Shown;
use saga::next::Reason;
use saga::{Next, Outcome, Ran, Way};
use serde_json::{Value, json};

use crate::called;

/// Prints how a run stands after it was carried on as far as `ran`; answers the exit code.
pub(super) fn tell(shown: &Shown, ran: Option<&Ran>, json: bool) -> anyhow::Result<u8> {
    let reason = match ran {
        Some(Ran::Paused { reason, .. }) => Some(reason.as_str()),
        _ => None,
    };
    let standing = standing(shown, reason);
    called::print(json, &standing, || words(shown, &standing))?;
    Ok(code(&shown.next))
}

/// The exit code of how a run stands.
pub(super) fn code(next: &Next) -> u8 {
    match next {
        Next::End(Outcome::Done) => exit::OK,
        Next::End(_) => exit::FAILED,
        Next::Ask(_) | Next::Perform { .. } | Next::Verify { .. } => exit::AMBIGUOUS,
    }
}

/// As one object.
pub(super) fn standing(shown: &Shown, paused: Option<&str>) -> Value {
    let run = &shown.header.id;
    let mut object = json!({
        "run": run,
        "page": shown.bound.plan.id,
        "state": state(&shown.next),
        "by": shown.header.by,
        "begun_at": shown.header.at,
        "plan_sha256": shown.header.plan,
        "goes_back": shown.state.stop().is_some(),
    });
    let mut put = |name: &str, value: Value| object[name] = value;
    match &shown.next {
        Next::Perform { step, way } | Next::Verify { step, way } => {
            put("step", json!(step));
            put("way", json!(way.as_str()));
        }
        Next::Ask(question) => {
            put("step", json!(question.step));
            put("way", json!(question.way.as_str()));
            put("reason", json!(why(&question.reason)));
            put("question", json!(shown.header.seq));
        }
        Next::End(Outcome::Stuck { at, .. }) => put("step", json!(at)),
        Next::End(_) => {}
    }
    if let Some(task) = shown.task() {
        put("task", json!({ "prompt": task.prompt, "confirm": task.confirm }));
    }
    if let Some(proposal) = shown.proposal() {
        let people = proposal.people;
        put(
            "approval",
            json!({ "text": proposal.text, "digest": proposal.digest, "people": people }),
        );
    }
    if let Some((holder, until)) = &shown.header.held {
        put("held", json!({ "by": holder, "until": until }));
    }
    if let Some(reason) = paused {
        put("reason", json!(reason));
    }
    put("then", json!(then(shown)));
    object
}

/// One word: how it stands.
fn state(next: &Next) -> &'static str {
    match next {
        Next::Perform { .. } | Next::Verify { .. } => "paused",
        Next::Ask(_) => "waits",
        Next::End(outcome) => outcome.as_str(),
    }
}

/// What to type next.
fn then(shown: &Shown) -> Vec<String> {
    let run = &shown.header.id;
    let resume = format!("backstop runbook resume {run}");
    match &shown.next {
        Next::End(_) => Vec::new(),
        Next::Ask(question) => vec![
            format!(
                "backstop runbook answer {run} {} --decide done|retry|give-up --why 原因 --by 姓名 --question {}",
                question.step, shown.header.seq
            ),
            resume,
        ],
        Next::Perform { .. } | Next::Verify { .. } => {
            if let Some(task) = shown.task() {
                let word = task.confirm;
                let answer = format!(
                    "backstop runbook answer {run} {} --word {word} --by 姓名",
                    task.step
                );
                return vec![answer, resume];
            }
            if let Some(proposal) = shown.proposal() {
                let (step, digest) = (proposal.step, proposal.digest);
                let approve = format!("backstop runbook approve {run} {step} --digest {digest} --as 姓名");
                return vec![approve, resume];
            }
            vec![resume]
        }
    }
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Doubt(text) => format!("结果不明 · outcome unknown: {text}"),
        Reason::Failed(text) => format!("失败 · failed: {text}"),
        Reason::Attempts(times) => format!("尝试 {times} 次未成 · came to nothing {times} times"),
    }
}

/// In words, of the same.
pub(super) fn words(shown: &Shown, standing: &Value) -> String {
    let run = &shown.header.id;
    let (zh, en) = match &shown.next {
        Next::End(Outcome::Done) => ("已完成", "done"),
        Next::End(Outcome::Undone) => ("已全部撤销", "undone"),
        Next::End(Outcome::Stuck { undone: 0, .. }) => ("未能撤销", "stuck: nothing could be undone"),
        Next::End(Outcome::Stuck { .. }) => ("部分撤销", "partly undone"),
        Next::Ask(_) => ("待人决定", "waits for a decision"),
        Next::Perform { way: Way::Undo, .. } | Next::Verify { way: Way::Undo, .. } => {
            ("撤销中，已暂停", "paused while going back")
        }
        Next::Perform { .. } | Next::Verify { .. } => ("已暂停", "paused"),
    };
    let mut text = format!("{run}  {}  {zh} · {en}", shown.bound.plan.id);
    let line = |name: &str| standing.get(name).and_then(Value::as_str);
    // Writing to a string cannot fail.
    if let Some(step) = line("step") {
        let _ = write!(text, "\n步骤 · step: {step}");
    }
    if let Some(reason) = line("reason") {
        let _ = write!(text, "\n原因 · why: {reason}");
    }
    for part in ["/task/prompt", "/approval/text"] {
        if let Some(asked) = standing.pointer(part).and_then(Value::as_str) {
            let _ = write!(text, "\n\n{}\n", asked.trim_end());
        }
    }
    let next = standing["then"].as_array().map(Vec::as_slice).unwrap_or_default();
    for command in next.iter().filter_map(Value::as_str) {
        let _ = write!(text, "\n  {command}");
    }
    text
}
