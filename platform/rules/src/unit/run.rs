//! Running test files as promtool 2.42 does: in its order, at its times, with its comparisons.

use std::path::Path;

use promql::Labels;

use super::file::{AlertTest, ExpressionTest, Test, TestFile, read};
use super::metric::Pairs;
use super::report::{Failure, FileReport, Report};
use crate::engine::{Engine, Options, State};
use crate::file::{Group, load};
use crate::memory::Memory;
use crate::problem::{Problem, Problems};
use crate::rule_files;

/// A month of rounds a minute is 43,200, of rounds a second 2.6 million; a longer test would run for hours.
const MOST_ROUNDS: i64 = 3_000_000;

/// Runs test files, whose rule files are found beside them.
#[must_use]
pub fn run<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Report {
    let run = |path: P| {
        let path = path.as_ref();
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Err(error) => {
                let reason = format!("cannot be read: {error}");
                FileReport::unusable(
                    &file.clone(),
                    Problems(vec![Problem {
                        file,
                        line: 0,
                        column: 0,
                        reason,
                    }]),
                )
            }
            Ok(text) => {
                let folder = path.parent().unwrap_or_else(|| Path::new(""));
                run_text(&file, &text, &|pattern| rule_files::read(folder, pattern))
            }
        }
    };
    Report {
        files: files.into_iter().map(run).collect(),
    }
}

/// Runs a test file that is given as a text. Each of its `rule_files` is asked for names and texts.
#[must_use]
pub fn run_text(
    file: &str,
    text: &str,
    rule_files: &dyn Fn(&str) -> Result<Vec<(String, String)>, String>,
) -> FileReport {
    let tests = match read(file, text) {
        Ok(tests) => tests,
        Err(problems) => return FileReport::unusable(file, problems),
    };
    let mut texts = Vec::new();
    for pattern in &tests.rule_files {
        match rule_files(pattern) {
            Ok(found) => texts.extend(found),
            Err(reason) => {
                let reason = format!("rule file {pattern:?}: {reason}");
                return FileReport::unusable(
                    file,
                    Problems(vec![Problem {
                        file: file.to_owned(),
                        line: 0,
                        column: 0,
                        reason,
                    }]),
                );
            }
        }
    }
    let mut groups = match load(texts) {
        Ok(groups) => groups,
        Err(problems) => return FileReport::unusable(file, problems),
    };
    let place = |group: &Group| {
        tests
            .group_eval_order
            .iter()
            .position(|name| **name == *group.name)
            .unwrap_or(0)
    };
    groups.sort_by_key(place);
    let checked = tests
        .tests
        .iter()
        .map(|test| test.alerts.len() + test.expressions.len())
        .sum();
    let failures = tests
        .tests
        .iter()
        .flat_map(|test| Running::new(test, &tests, &groups).all())
        .collect();
    FileReport {
        file: file.to_owned(),
        checked,
        failures,
    }
}

struct Running<'t> {
    test: &'t Test,
    interval: i64,
    engine: Engine,
    groups: usize,
    store: Memory,
    /// Of each series, how many steps have been loaded.
    loaded: Vec<usize>,
    failures: Vec<Failure>,
}

impl<'t> Running<'t> {
    fn new(test: &'t Test, file: &TestFile, groups: &[Group]) -> Self {
        let options = Options {
            external_labels: Labels::new(test.external_labels.clone()),
            external_url: test.external_url.clone(),
            hold_unknown: false,
            ..Options::default()
        };
        Self {
            test,
            interval: file.evaluation_interval,
            engine: Engine::new(groups.to_vec(), options),
            groups: groups.len(),
            store: Memory::new(),
            loaded: vec![0; test.series.len()],
            failures: Vec::new(),
        }
    }

    fn all(mut self) -> Vec<Failure> {
        let times = self
            .test
            .alerts
            .iter()
            .map(|test| test.at)
            .chain(self.test.expressions.iter().map(|test| test.at));
        let last = times.max().unwrap_or(0);
        if last / self.interval > MOST_ROUNDS {
            let reason = format!("more than {MOST_ROUNDS} evaluations");
            return vec![Failure::Evaluation {
                rule: String::new(),
                at: last,
                reason,
            }];
        }
        let mut at = 0;
        while at <= last {
            if let Err(failures) = self.round(at) {
                self.failures.extend(failures);
                // Nothing that follows would mean anything.
                return self.failures;
            }
            self.compare_alerts(at);
            at += self.interval;
        }
        self.test
            .expressions
            .iter()
            .for_each(|test| self.compare_samples(test));
        self.failures
    }

    fn round(&mut self, at: i64) -> Result<(), Vec<Failure>> {
        let mut failures = Vec::new();
        let mut fail = |rule: &str, reason: String| {
            failures.push(Failure::Evaluation {
                rule: rule.to_owned(),
                at,
                reason,
            })
        };
        if let Err(reason) = self.load(at) {
            fail("", reason);
        }
        for group in 0..self.groups {
            let outcome = self.engine.evaluate(group, at, &mut self.store);
            outcome
                .failures
                .into_iter()
                .for_each(|failure| fail(&failure.rule, failure.reason));
        }
        if failures.is_empty() {
            Ok(())
        } else {
            Err(failures)
        }
    }

    /// Loads the samples up to this time.
    fn load(&mut self, until: i64) -> Result<(), String> {
        for ((labels, values), loaded) in self.test.series.iter().zip(&mut self.loaded) {
            let labels = Labels::new(labels.clone());
            while let Some(value) = values.get(*loaded) {
                let at = i64::try_from(*loaded)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(self.test.interval);
                if at > until {
                    break;
                }
                if let Some(value) = value {
                    self.store.push(&labels, at, *value)?;
                }
                *loaded += 1;
            }
        }
        Ok(())
    }

    /// An alert test belongs to the last evaluation that is not after it.
    fn compare_alerts(&mut self, at: i64) {
        let mut due: Vec<&AlertTest> = self
            .test
            .alerts
            .iter()
            .filter(|test| (at..at + self.interval).contains(&test.at))
            .collect();
        due.sort_by_key(|test| test.at);
        for test in due {
            let firing = self
                .engine
                .alerts()
                .filter(|alert| alert.state == State::Firing && *alert.rule == *test.name);
            let mut got: Vec<(Pairs, Pairs)> = firing
                .map(|alert| {
                    let annotations = alert
                        .annotations
                        .iter()
                        .map(|(name, text)| (name.to_string(), text.clone()));
                    (pairs(&alert.labels), annotations.collect())
                })
                .collect();
            let mut expected = test.expected.clone();
            got.sort();
            expected.sort();
            if got != expected {
                self.failures.push(Failure::Alerts {
                    test: self.test.name.clone(),
                    name: test.name.clone(),
                    at: test.at,
                    expected,
                    got,
                });
            }
        }
    }

    fn compare_samples(&mut self, test: &ExpressionTest) {
        let query = promql::parse(&test.expr)
            .map_err(|rejected| format!("{}:{}: {}", rejected.line, rejected.column, rejected.reason));
        let result = query.and_then(|query| crate::engine::evaluate::vector(&query, &self.store, test.at));
        let (expr, at) = (test.expr.clone(), test.at);
        match result {
            Err(reason) => self.failures.push(Failure::Expression { expr, at, reason }),
            Ok(result) => {
                let mut got: Vec<(Pairs, f64)> = result
                    .iter()
                    .map(|(labels, value)| (pairs(labels), *value))
                    .collect();
                let mut expected = test.expected.clone();
                got.sort_by(|(a, _), (b, _)| a.cmp(b));
                expected.sort_by(|(a, _), (b, _)| a.cmp(b));
                // As in promtool, what is no number equals nothing.
                if got != expected {
                    self.failures.push(Failure::Samples {
                        expr,
                        at,
                        expected,
                        got,
                    });
                }
            }
        }
    }
}

fn pairs(labels: &Labels) -> Pairs {
    labels
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
