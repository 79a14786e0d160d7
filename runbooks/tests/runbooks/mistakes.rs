//! Every mistake in a page is told with its place and a mend. `¶` marks the place; it is no part of the page.
//! [`page`] are those of the page as a whole, [`steps`] those of its steps.

mod page;
mod steps;

use runbooks::{Place, compile};

use crate::stage::PAGE;

/// Where the mark is, and the text without it.
fn marked(text: &str) -> (String, Place) {
    let before = text.split('¶').next().unwrap();
    assert_ne!(before.len(), text.len(), "no mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (text.replace('¶', ""), Place { line, column })
}

/// What may be said besides, since it follows from another mistake.
const FOLLOWS: &[&str] = &[
    "there is no parameter",
    "nothing uses parameter",
    "nothing refers to",
    "no earlier step gives",
    "\"kind\" is missing",
    "\"confirm\" is missing",
    "\"of\" is missing",
    "\"id\" is missing",
    "there is no undo block",
    "there is no verify block",
    "a plan of more than",
    "the page is named",
];

/// The page of every kind with something replaced has this mistake where the mark is, and no other but what follows
/// from it.
fn wrong(from: &str, to: &str, reason: &str) {
    assert_eq!(PAGE.matches(from).count(), 1, "{from}");
    let (text, place) = marked(&PAGE.replace(from, to));
    let problems = compile("every-kind.md", &text).unwrap_err();
    let (found, others): (Vec<_>, Vec<_>) = problems
        .all
        .iter()
        .partition(|problem| problem.place == place && problem.reason == reason);
    let follows = |reason: &str| FOLLOWS.iter().any(|follows| reason.starts_with(follows));
    let only = others.iter().all(|problem| follows(&problem.reason));
    assert!(found.len() == 1 && only, "{place:?} {reason}\n{problems}");
    assert!(problems.all.iter().all(|problem| !problem.mend.is_empty()));
}

fn told(text: &str, reasons: &[&str]) {
    let (text, place) = marked(text);
    let problems = compile("every-kind.md", &text).unwrap_err();
    let all: Vec<&str> = problems
        .all
        .iter()
        .map(|problem| problem.reason.as_str())
        .collect();
    assert_eq!(all, reasons, "\n{problems}");
    assert_eq!(problems.all[0].place, place, "\n{problems}");
    assert!(problems.all.iter().all(|problem| !problem.mend.is_empty()));
}

#[test]
fn all_mistakes_are_told_at_once_in_their_order_with_file_line_and_column() {
    let text = PAGE
        .replace("severity: critical", "severity: high")
        .replace("people=2", "people=9")
        .replace("silence x", "silence {{nowhere}}");
    let problems = compile("pages/every-kind.md", &text).unwrap_err();
    let lines: Vec<String> = problems.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "pages/every-kind.md:6:11: no severity: one of critical, warning, info",
            "pages/every-kind.md:22:39: people is no number of 1 to 5: write one",
            "pages/every-kind.md:73:24: there is no parameter \"nowhere\": the parameters are url, reason, source, level, word",
        ]
    );
}
