//! Tells what happens in a run, as soon as it is on disk.

use std::io::Write as _;

use saga::store::{Answer, Append, Lease};
use saga::{Ending, Entry, Event, Header, Journal, Ruling, Store};
use serde_json::Value;

/// Characters of an answer: four rows of a terminal.
const SHOWN: usize = 320;

/// A journal that says on standard error what is written into it.
pub(super) struct Progress {
    journal: Journal,
    steps: Vec<String>,
}

impl Progress {
    /// Over a journal of a plan with these steps.
    pub(super) fn new(journal: Journal, steps: Vec<String>) -> Self {
        Self { journal, steps }
    }
}

impl Store for Progress {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        self.journal.create(header)
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        self.journal.lease(saga, holder, now, until)
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.journal.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.journal.release(lease)
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            self.journal.append(lease, append).await?;
            // Whoever looks away does not stop a run.
            drop(writeln!(
                std::io::stderr(),
                "{}",
                line(&append.event, &self.steps)
            ));
            Ok(())
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        self.journal.load(saga)
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        self.journal.list(most)
    }
}

/// One event, as a person reads it.
pub(super) fn line(event: &Event, steps: &[String]) -> String {
    let at = |step: &str| {
        let number = steps
            .iter()
            .position(|known| known == step)
            .map_or(0, |index| index + 1);
        format!("[{number}/{}] {step}", steps.len())
    };
    match event {
        Event::Begun { step } => format!("{}  开始 · begun", at(step)),
        Event::UndoBegun { step } => format!("{}  开始撤销 · undo begun", at(step)),
        Event::Ended { step, ending, .. } => format!("{}  {}", at(step), ended(ending, ("已完成", "done"))),
        Event::UndoEnded { step, ending, .. } => {
            format!("{}  {}", at(step), ended(ending, ("已撤销", "undone")))
        }
        Event::Ruled {
            step,
            ruling,
            by,
            reason,
            ..
        } => {
            let (zh, en) = match ruling {
                Ruling::Done => ("已生效", "it took effect"),
                Ruling::Retry => ("重做", "again"),
                Ruling::GiveUp => ("放弃", "given up"),
            };
            format!("{}  {by}: {zh} · {en}: {reason}", at(step))
        }
        Event::Stopped { by, reason } => format!("{by}: 停止并撤销 · stopped, going back: {reason}"),
    }
}

/// What a step answered, as far as it fits on a few rows of a screen; all of it is in the journal.
fn shown(answer: &Value) -> Option<String> {
    let empty = answer.as_object().is_some_and(serde_json::Map::is_empty);
    let text = answer.to_string();
    match text.chars().count() {
        _ if empty => None,
        length if length <= SHOWN => Some(text),
        _ => Some(text.chars().take(SHOWN).chain(['…']).collect()),
    }
}

fn ended(ending: &Ending, (zh, en): (&str, &str)) -> String {
    match ending {
        Ending::Done { output } => match shown(output.value()) {
            Some(answer) => format!("{zh} · {en}: {answer}"),
            None => format!("{zh} · {en}"),
        },
        Ending::Failed { reason } => format!("失败 · failed: {reason}"),
        Ending::NotDone => "查看结果：未生效 · looked: it did not take effect".to_owned(),
        Ending::Unknown { reason } => format!("结果不明 · outcome unknown: {reason}"),
        Ending::Later { reason } => format!("等待 · waits: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use saga::{How, Output};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_told_with_its_number_and_what_it_answered() {
        let done = |answer: Value| {
            let ending = Ending::Done {
                output: Output::of(answer),
            };
            let event = Event::Ended {
                step: "close".to_owned(),
                how: How::Told,
                ending,
            };
            line(&event, &["impact".to_owned(), "close".to_owned()])
        };
        assert_eq!(done(json!({})), "[2/2] close  已完成 · done");
        assert_eq!(
            done(json!({ "epoch": 7 })),
            "[2/2] close  已完成 · done: {\"epoch\":7}"
        );
        let long = done(json!({ "said": "长".repeat(1_000) }));
        assert!(long.ends_with('…') && long.chars().count() < 400, "{long}");
    }
}
