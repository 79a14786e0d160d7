//! What is refused, and where; and that Prometheus agrees about what is a query at all.

use super::answer::Answer;
use super::data::{self, START};
use super::prometheus::Prometheus;
use super::refused::{BETTER_PLACED, NO_QUERIES, OUTSIDE};
use crate::plan::foreign::{OF_HISTOGRAMS, OF_LATER, OF_THE_VERSION};
use crate::{Rejected, parse};

pub(super) fn unmark(marked: &str) -> (String, u32, u32) {
    let (before, after) = marked.split_once('¦').expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (
        format!("{before}{after}"),
        line.try_into().unwrap(),
        column.try_into().unwrap(),
    )
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
        parse(&deep(30_000))
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
