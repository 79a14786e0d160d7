//! What is refused, and where; and that Prometheus agrees about what is a query at all.
//!
//! In the tables `¦` stands where the fault is; it is no part of the query.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::constructs;
use super::data::{self, START};
use super::generate::Generator;
use super::prometheus::Prometheus;
use crate::plan::foreign::{OF_HISTOGRAMS, OF_LATER, OF_THE_VERSION};
use crate::{Rejected, parse};

/// Refused by Prometheus 2.42 as well, at the same place.
const NO_QUERIES: &[&str] = &[
    "¦",
    "¦  ",
    "¦# a comment only",
    "1 +¦",
    "¦* 1",
    "(1¦",
    "(¦)",
    "(foo¦,)",
    "foo ¦bar",
    "foo ¦\"x\"",
    "foo ¦= 1",
    "foo ¦=~ \"x\"",
    "foo ¦! 1",
    "¦& 1",
    "foo ¦; bar",
    "foo ¦~ 1",
    "foo¦]",
    "foo ==¦",
    "foo ¦by (a)",
    "foo{a=\"b\"}¦{c=\"d\"}",
    "foo{a=\"b\"¦",
    "foo{a=¦1}",
    "foo{¦1=\"x\"}",
    "foo{a¦}",
    "foo{a=¦}",
    "foo{a=\"b\" ¦c=\"d\"}",
    "foo{¦,}",
    "foo{a=\"b\",¦,}",
    "foo{¦a=~\"(\"}",
    "foo{a=\"b\", ¦c!~\"a**\"}",
    "foo{a=¦\"\\q\"}",
    "¦\"a",
    "¦foo{__name__=\"bar\"}",
    "¦{}",
    "¦{a=\"\"}",
    "sum(¦{a=~\".*\", b!=\"c\"})",
    "foo[5m¦",
    "foo[¦]",
    "foo[¦x]",
    "foo[¦0s]",
    "foo[¦1m1h]",
    "foo[¦5mx]",
    "foo[5m¦[",
    "foo[5m:¦x]",
    "foo[5m:1m¦:]",
    "(foo)¦[5m]",
    "foo offset 5m¦[5m]",
    "foo @ 5¦[5m]",
    "¦foo[5m][5m:1m]",
    "¦1[5m:1m]",
    "foo offset ¦bar",
    "foo offset ¦5",
    "foo offset ¦0s",
    "¦foo offset 5m offset 5m",
    "¦sum(foo) offset 5m",
    "foo @ ¦bar",
    "foo @ start¦",
    "¦foo @ NaN",
    "¦foo @ 1 @ 2",
    "¦1 @ 1",
    "¦1e",
    "¦1e999",
    "¦0x",
    "¦5m",
    "¦foo[5m] + 1",
    "foo + ¦bar[5m]",
    "¦\"a\" + 1",
    "1 ¦> 2",
    "foo ¦+ bool bar",
    "foo ¦and bool bar",
    "¦1 and foo",
    "foo + (¦foo or 2)",
    "¦foo and on(a) group_left() bar",
    "foo ¦* on(a) group_left(a) bar",
    "¦1 + on(a) foo",
    "foo * ¦group_left bar",
    "foo * on(a) ¦bool bar",
    "foo * on ¦bar",
    "¦-foo[5m]",
    "¦-\"a\"",
    "¦sum()",
    "¦topk(foo)",
    "¦sum(1, foo)",
    "sum(¦1)",
    "sum(¦foo[5m])",
    "topk(¦foo, bar)",
    "count_values(¦1, foo)",
    "sum by ¦foo (bar)",
    "sum by (¦1) (foo)",
    "sum by (a ¦b) (foo)",
    "sum by (¦without) (foo)",
    "sum(foo) by (a) ¦by (b)",
    "sum by (a) ¦foo",
    "¦unheard_of(foo)",
    "1 + ¦Rate(foo[5m])",
    "¦rate()",
    "¦rate(foo[5m], 1)",
    "rate(¦foo)",
    "rate(¦sum(foo))",
    "abs(¦foo[5m])",
    "abs(¦1)",
    "abs(foo¦,)",
    "vector(¦foo)",
    "¦time(1)",
    "¦round(foo, 1, 2)",
    "clamp(foo, ¦\"1\", 2)",
    "label_replace(foo, ¦a, \"b\", \"c\", \"d\")",
    "label_join(foo, \"a\", \",\", ¦1)",
    "sum(\n  foo,\n¦  )",
    // Of later versions.
    "¦1_000",
    "¦0b101",
    "{¦\"foo\"}",
    "{¦\"a.b\"=\"c\"}",
    "foo{¦\"a\"=\"b\"}",
    "sum by (¦\"a\") (foo)",
    "foo[¦300]",
    "foo offset ¦300",
    "foo[5m¦+1m]",
    "foo[¦step()]",
    "foo offset ¦(5m)",
    "foo offset ¦+5m",
    "rate(foo[5m] ¦anchored)",
    "foo ¦smoothed",
    "foo + ¦fill(0) bar",
    "foo{a=\"b\" ¦or c=\"d\"}",
    "¦limitk(1, foo)",
    "¦limit_ratio(0.5, foo)",
    "¦info(foo)",
    "¦mad_over_time(foo[5m])",
    "¦first_over_time(foo[5m])",
    "¦sort_by_label(foo, \"a\")",
    "¦double_exponential_smoothing(foo[5m], 0.5, 0.5)",
    "¦histogram_avg(foo)",
    "foo * ¦group_left(a) on(b) bar",
];

/// Refused by Prometheus 2.42 as well, but the place is better here: it names the one after a parenthesis, or what
/// follows a word.
const BETTER_PLACED: &[&str] = &["foo¦)", "¦)", "sum by (¦a:b) (foo)"];

/// Queries of Prometheus 2.42 that the subset refuses.
const OUTSIDE: &[&str] = &[
    "¦1 + on () foo",
    "2 * (¦1 + ignoring () foo)",
    "foo[5m ¦a]",
    "predict_linear(¦foo[5m] @ 100, 60)",
    "quantile_over_time(scalar(foo), ¦foo[5m] @ 100)",
    "¦topk(scalar(foo), bar @ 100)",
    "max_over_time(¦foo[80000m:1s])",
    "max_over_time(sum_over_time(¦foo[1d:1m])[1d:1m])",
    "foo{¦a=~\"\\\\B\"}",
    "foo{¦a=~\"\\\\pL\"}",
    "¦\"\\xff\"",
    "label_replace(foo, \"a\", \"b\", \"c\", ¦\"(\")",
    "label_replace(foo, ¦\"a-b\", \"b\", \"c\", \"d\")",
    "label_join(foo, ¦\"a-b\", \"b\", \"c\")",
    "label_join(foo, \"a\", \"b\", \"c\", ¦\"信\")",
    "count_values(¦\"a-b\", foo)",
];

fn unmark(marked: &str) -> (String, u32, u32) {
    let (before, after) = marked.split_once('¦').expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (format!("{before}{after}"), line as u32, column as u32)
}

fn refused_there(marked: &str) -> Result<Rejected, String> {
    let (text, line, column) = unmark(marked);
    match parse(&text) {
        Ok(query) => Err(format!("{marked}: read as {query}")),
        Err(error) if (error.line, error.column) == (line, column) => Ok(error),
        Err(error) => Err(format!("{marked}: {error}")),
    }
}

fn calls() -> impl Iterator<Item = String> {
    let plain = OF_THE_VERSION.iter().chain(OF_HISTOGRAMS);
    plain.map(|name| match *name {
        "pi" => "¦pi()".to_owned(),
        "holt_winters" => "¦holt_winters(foo[5m], 0.5, 0.5)".to_owned(),
        "histogram_fraction" => "1 + ¦histogram_fraction(0, 1, foo)".to_owned(),
        name => format!("1 + ¦{name}(foo)"),
    })
}

#[test]
fn what_is_not_supported_is_refused_at_its_place_and_prometheus_agrees_on_what_is_none() {
    let mut prometheus = Prometheus::with(&data::series());
    let mut wrong = Vec::new();
    let later = OF_LATER.iter().map(|name| format!("1 + ¦{name}(foo)"));
    let none = NO_QUERIES.iter().map(|each| (*each).to_owned());
    let mut count = 0;
    for marked in none.chain(later.filter(|each| !each.contains("¦start") && !each.contains("¦end"))) {
        let (text, line, column) = unmark(&marked);
        wrong.extend(refused_there(&marked).err());
        count += 1;
        match prometheus.instant(&text, START) {
            Answer::Rejected(l, c, _) if (l, c) == (line, column) => {}
            other => wrong.push(format!("{marked}: Prometheus says {other:?}")),
        }
    }
    for marked in BETTER_PLACED {
        let (text, ..) = unmark(marked);
        wrong.extend(refused_there(marked).err());
        count += 1;
        if !matches!(prometheus.instant(&text, START), Answer::Rejected(..)) {
            wrong.push(format!("{marked}: Prometheus reads it"));
        }
    }
    for marked in OUTSIDE.iter().map(|each| (*each).to_owned()).chain(calls()) {
        let (text, ..) = unmark(&marked);
        wrong.extend(refused_there(&marked).err());
        count += 1;
        if let Answer::Rejected(_, _, error) = prometheus.instant(&text, START) {
            wrong.push(format!("{marked}: Prometheus does not read it: {error}"));
        }
    }
    println!("{count} refused, each at its place");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_absence_says_whether_it_came_later_or_is_left_out() {
    let reason = |text: &str| parse(text).unwrap_err().reason;
    assert!(reason("sin(foo)").contains("not part of the supported subset"));
    assert!(reason("histogram_count(foo)").contains("native histograms"));
    assert!(reason("limitk(1, foo)").contains("after Prometheus 2.42"));
    assert!(reason("unheard_of(foo)").contains("no function"));
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_before_it_can_exhaust_the_stack() {
    let deep = |count: usize| format!("{}1{}", "(".repeat(count), ")".repeat(count));
    assert!(parse(&deep(90)).is_ok());
    assert!(
        parse(&deep(60_000))
            .unwrap_err()
            .reason
            .contains("within each other")
    );
    let row = |count: usize| vec!["a"; count].join(" + ");
    assert!(parse(&row(100)).is_ok());
    assert!(parse(&row(15_000)).unwrap_err().reason.contains("in a row"));
    assert!(
        parse(&"-".repeat(60_000))
            .unwrap_err()
            .reason
            .contains("within each other")
    );
    assert!(parse(&"a".repeat(70_000)).unwrap_err().reason.contains("longer"));
    let signs = "-".repeat(95) + "a";
    assert_eq!(parse(&signs).unwrap().to_string(), signs);
}

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
                if (error.line, error.column) != (line, column) {
                    elsewhere.push(format!("{text}: {error}; Prometheus: {theirs}"));
                }
            }
            (Err(error), _) if is_outside(&error.reason) => refused += 1,
            (Err(error), other) => wrong.push(format!("{text}: {error}; Prometheus: {other:?}")),
        }
    }
    println!(
        "{} broken queries, {refused} refused, {} at another place",
        texts.len(),
        elsewhere.len()
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        elsewhere.is_empty(),
        "{}:\n{}",
        elsewhere.len(),
        elsewhere.join("\n")
    );
}
