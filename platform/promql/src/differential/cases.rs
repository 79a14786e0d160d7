//! The cases, and what they show.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::compare::{Exactness, difference};
use super::constructs::{self, ERRORS};
use super::data;
use super::generate::Generator;
use super::prometheus::Prometheus;
use crate::parse;

/// Cases with a value for each construct, at least.
const LEAST: usize = 30;
const TARGETED: usize = 60;
const RANDOM: usize = 900;

/// What Go computes by other polynomials than libm.
const LIBM: &[&str] = &["exp", "ln", "log2", "log10", "^", "atan2"];

/// What makes more of a difference in the last digit: another remainder, whole number or label.
const AMPLIFIES: &[&str] = &["%", "ceil", "floor", "round", "count_values"];

#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    At(i64),
    /// Start, end and step.
    Over(i64, i64, i64),
}

pub(super) struct Case {
    pub(super) text: String,
    pub(super) tags: BTreeSet<&'static str>,
    pub(super) when: When,
    /// Whether the order of its elements means something.
    pub(super) ordered: bool,
}

impl Case {
    pub(super) fn exactness(&self) -> Exactness {
        let has = |any: &[&str]| any.iter().any(|each| self.tags.contains(each));
        let added = has(&["sum", "avg", "stddev", "stdvar"]);
        let by_map = has(&["subquery", "histogram_quantile"]) || matches!(self.when, When::Over(..));
        if added && by_map {
            Exactness::Order
        } else if has(LIBM) {
            Exactness::Libm
        } else if by_map && has(&["min", "max", "quantile"]) {
            Exactness::Value
        } else {
            Exactness::Bits
        }
    }

    pub(super) fn ours(&self, source: &dyn crate::Source) -> Answer {
        match self.when {
            When::At(at) => Answer::instant(&self.text, source, at),
            When::Over(start, end, step) => Answer::range(&self.text, source, start, end, step),
        }
    }

    fn theirs(&self, prometheus: &mut Prometheus) -> Answer {
        match self.when {
            When::At(at) => prometheus.instant(&self.text, at),
            When::Over(start, end, step) => prometheus.range(&self.text, start, end, step),
        }
    }

    pub(super) fn difference(&self, source: &dyn crate::Source, theirs: &Answer) -> Option<String> {
        difference(&self.ours(source), theirs, self.exactness(), self.ordered)
    }
}

/// A case and what Prometheus said.
pub(super) type Answered = (Case, Answer);

fn case(generator: &mut Generator, targeted: bool, mut text: impl FnMut(&mut Generator) -> String) -> Case {
    loop {
        generator.tags.clear();
        let text = text(generator);
        let tags = std::mem::take(&mut generator.tags);
        let by_map = tags.contains("subquery") || tags.contains("histogram_quantile");
        let few = tags.contains("topk") || tags.contains("bottomk");
        // Which of equal values stay is decided by their order, and that of a Go map is none.
        if few && by_map {
            continue;
        }
        if [LIBM, AMPLIFIES]
            .iter()
            .all(|any| any.iter().any(|each| tags.contains(each)))
        {
            continue;
        }
        // The few queries that are refused because Prometheus answers them unsoundly.
        if parse(&text).is_err_and(|error| error.reason.contains("fix")) {
            continue;
        }
        let ordered = targeted
            && !by_map
            && ["sort", "topk", "bottomk"]
                .iter()
                .any(|each| text.starts_with(each));
        let kind = parse(&text).map(|query| query.kind());
        let ranges = !few && matches!(kind, Ok(crate::Kind::Scalar | crate::Kind::Vector));
        let when = if ranges && generator.chance(0.25) {
            let step = generator.pick(&[15_000, 30_000, 60_000, 37_000, 300_000]);
            let start = generator.time();
            When::Over(start, start + step * i64::from(generator.pick(&[1, 5, 11])), step)
        } else {
            When::At(generator.time())
        };
        // Half of them as they are normalised, so that this is shown to mean the same.
        let text = match parse(&text) {
            Ok(query) if generator.chance(0.5) => query.to_string(),
            _ => text,
        };
        return Case {
            text,
            tags,
            when,
            ordered,
        };
    }
}

fn all() -> Vec<Case> {
    let mut all = Vec::new();
    for (seed, construct) in (0..).zip(constructs::all()) {
        // Of its own, so that a construct more changes no other's cases.
        let mut generator = Generator::new(seed);
        // Many orders of operators have the same outcome.
        let times = if construct == "precedence" { 4 } else { 1 };
        for _ in 0..TARGETED * times {
            all.push(case(&mut generator, true, |generator| {
                generator.targeted(construct)
            }));
        }
    }
    let mut generator = Generator::new(20_260_301);
    for error in ERRORS {
        for _ in 0..TARGETED + 10 {
            let mut case = case(&mut generator, false, |generator| generator.failing(error));
            case.tags = [*error].into();
            all.push(case);
        }
    }
    for _ in 0..RANDOM {
        all.push(case(&mut generator, false, |generator| generator.vector(3)));
    }
    all
}

/// Fails unless every construct has its cases.
fn enough(answered: &[Answered]) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (case, answer) in answered {
        for tag in &case.tags {
            let (values, errors) = counts.entry(tag).or_default();
            *values += usize::from(answer.says_something());
            *errors += usize::from(!answer.is_value());
        }
    }
    let count = |tag: &str| counts.get(tag).copied().unwrap_or_default();
    let few: Vec<_> = constructs::all()
        .into_iter()
        .filter(|tag| count(tag).0 < LEAST)
        .map(|tag| (tag, count(tag)))
        .collect();
    assert!(few.is_empty(), "too few cases: {few:?}");
    let few: Vec<_> = ERRORS
        .iter()
        .filter(|tag| count(tag).1 < LEAST)
        .map(|tag| (tag, count(tag)))
        .collect();
    assert!(few.is_empty(), "too few errors: {few:?}");
}

#[test]
fn every_construct_gives_what_prometheus_gives_and_every_mutant_is_seen() {
    let source = data::series();
    let mut prometheus = Prometheus::with(&source);
    assert!(
        prometheus.version().contains("version 2.42"),
        "{}",
        prometheus.version()
    );
    let mut answered: Vec<Answered> = Vec::new();
    let mut differences = Vec::new();
    for case in all() {
        let theirs = case.theirs(&mut prometheus);
        if let Some(difference) = case.difference(&source, &theirs) {
            differences.push(format!("{}\n{:?}\n{difference}", case.text, case.when));
        }
        answered.push((case, theirs));
    }
    let values = answered
        .iter()
        .filter(|(_, answer)| answer.says_something())
        .count();
    let errors = answered.iter().filter(|(_, answer)| !answer.is_value()).count();
    println!(
        "{} queries, {values} with a value that is not empty, {errors} with an error, {} constructs",
        answered.len(),
        constructs::all().len()
    );
    assert!(
        differences.is_empty(),
        "{} differences; the first:\n{}",
        differences.len(),
        differences[..differences.len().min(12)].join("\n\n")
    );
    enough(&answered);
    super::mutants::all_are_seen(&source, &answered);
}
