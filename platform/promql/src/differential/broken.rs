//! Queries that are broken at random: refused where Prometheus refuses them.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::constructs;
use super::data::START;
use super::generate::Generator;
use super::prometheus::Prometheus;
use super::refused::OUTSIDE;
use super::rejections::unmark;
use crate::{Rejected, parse};

/// Words to break a query with.
const WORDS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    "1",
    "foo",
    "5m",
    "offset",
    "@",
    "by",
    "on",
    "bool",
    "and",
    "or",
    "-",
    "+",
    "^",
    "==",
    "!=",
    "\"x\"",
    "sum",
    "rate",
    "group_left",
    "without",
    ":",
    "=",
    "=~",
    "#",
    "!",
    "0x",
    "inf",
    "start()",
    "[5m]",
    "[5m:1m]",
    "atan2",
    "{a=\"b\"}",
    "ignoring (a)",
    "quantile",
];

/// At its words, roughly.
fn split(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = |last: &String| {
            last.chars()
                .last()
                .is_some_and(|last| last.is_alphanumeric() == c.is_alphanumeric() && c.is_alphanumeric())
        };
        match all.last_mut() {
            Some(last) if joins(last) => last.push(c),
            _ => all.push(c.to_string()),
        }
    }
    all
}

fn broken(generator: &mut Generator, text: &str) -> String {
    let mut words = split(text);
    for _ in 0..generator.pick(&[1, 1, 1, 2, 3]) {
        let at = generator.pick(&(0..words.len()).collect::<Vec<_>>());
        match generator.pick(&[0, 1, 2, 3]) {
            0 if words.len() > 1 => {
                words.remove(at);
            }
            1 => words.insert(at, generator.pick(WORDS).to_owned()),
            2 => words[at] = generator.pick(WORDS).to_owned(),
            _ => {
                let other = generator.pick(&(0..words.len()).collect::<Vec<_>>());
                words.swap(at, other);
            }
        }
    }
    words.concat()
}

/// Why a text that Prometheus reads may be refused here.
fn is_outside(reason: &str) -> bool {
    let mut reasons = OUTSIDE
        .iter()
        .map(|marked| parse(&unmark(marked).0).unwrap_err().reason);
    reasons.any(|each| each == reason)
        || reason.contains("not part of the supported subset")
        || reason.contains("cannot stand within brackets")
}

/// Whether Prometheus names the same place, but for a few that are better named here.
fn same_place(text: &str, ours: &Rejected, theirs: (u32, u32), reason: &str) -> bool {
    // It counts bytes.
    let line = text.lines().nth(ours.line as usize - 1).unwrap_or_default();
    let bytes: usize = line
        .chars()
        .take(ours.column as usize - 1)
        .map(char::len_utf8)
        .sum();
    let column = u32::try_from(bytes).unwrap() + 1;
    if ours.reason.contains("opens nowhere") {
        // It names what follows the parenthesis.
        return theirs == (ours.line, column + 1);
    }
    // It takes any letter within brackets for a colon, and what cannot be an argument for none at all.
    theirs == (ours.line, column)
        || ours.reason.contains("cannot stand within brackets")
        || reason.contains("trailing commas") && ours.reason == "expected an expression"
}

#[test]
fn broken_queries_are_refused_where_prometheus_refuses_them() {
    let mut prometheus = Prometheus::with(&[]);
    let mut generator = Generator::new(5);
    let constructs = constructs::all();
    let mut texts = BTreeSet::new();
    while texts.len() < 3_000 {
        let construct = generator.pick(&constructs);
        let text = generator.targeted(construct);
        texts.insert(broken(&mut generator, &text));
    }
    let (mut refused, mut elsewhere, mut wrong) = (0, Vec::new(), Vec::new());
    for text in &texts {
        match (parse(text), prometheus.instant(text, START)) {
            (Ok(_), Answer::Rejected(_, _, error)) => {
                wrong.push(format!("{text}: read; Prometheus: {error}"))
            }
            (Ok(_), _) => {}
            (Err(error), Answer::Rejected(line, column, theirs)) => {
                refused += 1;
                if !same_place(text, &error, (line, column), &theirs) {
                    elsewhere.push(format!("{text}: {error}; Prometheus: {theirs}"));
                }
            }
            // Patterns and names in strings are found wrong by Prometheus when it evaluates.
            (Err(_), Answer::Failed(_)) => refused += 1,
            (Err(error), _) if is_outside(&error.reason) => refused += 1,
            (Err(error), other) => wrong.push(format!("{text}: {error}; Prometheus: {other:?}")),
        }
    }
    println!(
        "{} broken queries, {refused} refused, {} at another place",
        texts.len(),
        elsewhere.len()
    );
    wrong.append(&mut elsewhere);
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
