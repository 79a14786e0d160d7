//! A dry run: what each step would do, and what can be known before any of it is done.

use std::collections::BTreeMap;

use crate::bound::Bound;
use crate::hands::Hands;
use crate::plan::{Does, Look, Source, Undo};
use crate::seeing::{Seen, look};
use crate::span::written;

/// One step of a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The step's number, from 1.
    pub number: usize,
    /// Its name.
    pub step: String,
    /// `command`, `http`, `wait-until`, `human` or `approval`.
    pub kind: &'static str,
    /// What it would do, with the values filled in.
    pub would: String,
    /// How it would be taken back.
    pub undo: String,
    /// What is known of it now.
    pub known: Known,
}

/// What a dry run can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It would be done; nothing about it can be looked at before.
    WouldDo,
    /// It is so already.
    Holds,
    /// It is not so now: a step that acts would make it so, a wait would wait.
    NotYet(String),
    /// It was looked at, and cannot be told.
    CannotTell(String),
    /// It stands on an earlier step, which was not done: whatever is seen now says nothing.
    StandsOn(usize),
}

/// Looks and changes nothing: conditions are evaluated as far as no step that acts comes before them.
pub async fn preview(bound: &Bound, hands: &dyn Hands) -> Vec<Line> {
    let (mut lines, mut acted) = (Vec::new(), None);
    for (index, step) in bound.plan.steps.iter().enumerate() {
        let number = index + 1;
        let wanted = match &step.does {
            Does::WaitUntil { until, .. } => Some(until),
            _ => step.verify.as_ref(),
        };
        let known = match (wanted, acted) {
            (None, _) => Known::WouldDo,
            (Some(_), Some(acted)) => Known::StandsOn(acted),
            (Some(wanted), None) => match look(bound, wanted, hands).await {
                Seen::Holds(_) => Known::Holds,
                Seen::Not(seen) => Known::NotYet(seen),
                Seen::Unknown(reason) => Known::CannotTell(reason),
            },
        };
        lines.push(Line {
            number,
            step: step.id.clone(),
            kind: step.does.kind(),
            would: would(bound, &step.does),
            undo: match &step.undo {
                Undo::Nothing { .. } => "nothing to undo".to_owned(),
                Undo::Never { why } => format!("cannot be undone: {why}"),
                Undo::Block { does, .. } => would(bound, does),
            },
            known,
        });
        if !step.does.only_looks() {
            acted = Some(number);
        }
    }
    lines
}

/// What it does, with the values filled in, as a person reads it.
#[must_use]
pub fn would(bound: &Bound, does: &Does) -> String {
    match does {
        Does::Command { argv, .. } => words(&bound.words(argv)),
        Does::Http {
            method, url, body, ..
        } => {
            let body = body
                .as_ref()
                .map(|body| format!(" {}", bound.body(body)))
                .unwrap_or_default();
            format!("{method} {}{body}", bound.address(url))
        }
        Does::WaitUntil {
            until,
            timeout,
            interval,
        } => format!(
            "until {}, at most {}, looking every {}",
            condition(bound, until),
            written(*timeout),
            written(*interval)
        ),
        Does::Human { prompt, confirm } => {
            format!("{} [{confirm}]", bound.text(prompt, &BTreeMap::new()))
        }
        Does::Approval {
            text,
            people,
            timeout,
        } => format!(
            "{} [{people} besides {}, within {}]",
            bound.text(text, &BTreeMap::new()),
            bound.by,
            written(*timeout)
        ),
    }
}

fn condition(bound: &Bound, look: &Look) -> String {
    let at = match &look.at {
        Source::Promql { expression } => format!("`{}` gives anything", bound.plain(expression)),
        Source::Http { url } => format!("GET {} answers", bound.address(url)),
        Source::Command { argv } => format!("`{}` answers", words(&bound.words(argv))),
    };
    match (&look.pointer, &look.equals) {
        (Some(pointer), Some(equals)) => format!("{at} {pointer} = {equals}"),
        _ => at,
    }
}

/// Words as they can be typed: quoted where a shell would divide them.
fn words(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:@/=,".contains(c);
    let each = argv.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    each.collect::<Vec<_>>().join(" ")
}
