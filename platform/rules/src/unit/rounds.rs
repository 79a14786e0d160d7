//! The rounds of one test: samples are loaded up to a time, all groups evaluated, and alerts compared.

use promql::Labels;

use super::file::{AlertTest, ExpressionTest, Test, TestFile};
use super::metric::Pairs;
use super::report::Failure;
use crate::engine::{Engine, Options, State};
use crate::file::Group;
use crate::memory::Memory;

/// A month of rounds a minute is 43,200, of rounds a second 2.6 million; a longer test would run for hours.
const MOST_ROUNDS: i64 = 3_000_000;

/// One test while it runs.
pub(super) struct Running<'t> {
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
    pub(super) fn new(test: &'t Test, file: &TestFile, groups: &[Group]) -> Self {
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

    /// Everything that is not as expected.
    pub(super) fn all(mut self) -> Vec<Failure> {
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
