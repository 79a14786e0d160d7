//! What a unit test found, in promtool's own words, so that editors and people read either.

use std::fmt;

use super::metric::Pairs;
use crate::duration;
use crate::problem::{Problem, Problems};
use crate::template::number::shortest_exponential;
use crate::template::quote::quote;

/// What the tests of some files found.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the files.
    pub files: Vec<FileReport>,
}

/// What the tests of a file found.
#[derive(Debug)]
pub struct FileReport {
    /// The file, as it was named by the caller.
    pub file: String,
    /// How many expectations were looked at.
    pub checked: usize,
    /// What is not as expected.
    pub failures: Vec<Failure>,
}

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The test file or a rule file cannot be used.
    Unusable(Problem),
    /// A rule cannot be evaluated, which ends its test.
    Evaluation {
        /// The rule.
        rule: String,
        /// In milliseconds from the test's beginning.
        at: i64,
        /// Why.
        reason: String,
    },
    /// Other alerts fire.
    Alerts {
        /// Of the test; empty if it has none.
        test: String,
        /// Of the alert.
        name: String,
        /// In milliseconds from the test's beginning.
        at: i64,
        /// Labels and annotations of the alerts that should fire, by labels.
        expected: Vec<(Pairs, Pairs)>,
        /// Labels and annotations of those that do.
        got: Vec<(Pairs, Pairs)>,
    },
    /// An expression has another result.
    Samples {
        /// The expression.
        expr: String,
        /// In milliseconds from the test's beginning.
        at: i64,
        /// Labels and values that should be its result, by labels.
        expected: Vec<(Pairs, f64)>,
        /// Those that are.
        got: Vec<(Pairs, f64)>,
    },
    /// An expression cannot be evaluated.
    Expression {
        /// The expression.
        expr: String,
        /// In milliseconds from the test's beginning.
        at: i64,
        /// Why.
        reason: String,
    },
}

impl Report {
    /// Whether all is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.files.iter().all(FileReport::passed)
    }
}

impl FileReport {
    /// Whether all is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    pub(crate) fn unusable(file: &str, problems: Problems) -> Self {
        let failures = problems.0.into_iter().map(Failure::Unusable).collect();
        Self {
            file: file.to_owned(),
            checked: 0,
            failures,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.iter().try_for_each(|file| writeln!(f, "{file}"))
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Unit Testing:  {}", self.file)?;
        if self.passed() {
            return writeln!(f, "  SUCCESS");
        }
        writeln!(f, "  FAILED:")?;
        self.failures
            .iter()
            .try_for_each(|failure| writeln!(f, "{failure}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(problem) => problem.fmt(f),
            Self::Evaluation { rule, at, reason } => {
                write!(
                    f,
                    "    rule: {rule}, time: {}, err: {reason}",
                    duration::format(*at)
                )
            }
            Self::Alerts {
                test,
                name,
                at,
                expected,
                got,
            } => {
                if !test.is_empty() {
                    writeln!(f, "    name: {test},")?;
                }
                writeln!(f, "    alertname: {name}, time: {}, ", duration::format(*at))?;
                writeln!(f, "        exp:{}, ", indented(&alerts(expected), "            "))?;
                write!(f, "        got:{}", indented(&alerts(got), "            "))
            }
            Self::Samples {
                expr,
                at,
                expected,
                got,
            } => {
                writeln!(f, "    expr: {}, time: {},", quote(expr), duration::format(*at))?;
                writeln!(f, "        exp: {}", samples(expected))?;
                write!(f, "        got: {}", samples(got))
            }
            Self::Expression { expr, at, reason } => {
                write!(
                    f,
                    "    expr: {}, time: {}, err: {reason}",
                    quote(expr),
                    duration::format(*at)
                )
            }
        }
    }
}

fn indented(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

fn pairs(pairs: &Pairs) -> String {
    let all: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", quote(value)))
        .collect();
    format!("{{{}}}", all.join(", "))
}

fn alerts(all: &[(Pairs, Pairs)]) -> String {
    if all.is_empty() {
        return "[]".to_owned();
    }
    let each = all.iter().enumerate().map(|(at, (labels, annotations))| {
        let both = format!("\nLabels:{}\nAnnotations:{}", pairs(labels), pairs(annotations));
        format!("{at}:{}", indented(&both, "  "))
    });
    let each: Vec<String> = each.collect();
    format!("[\n{}\n]", each.join(",\n"))
}

fn samples(all: &[(Pairs, f64)]) -> String {
    if all.is_empty() {
        return "nil".to_owned();
    }
    let each = all
        .iter()
        .map(|(labels, value)| format!("{} {}", pairs(labels), shortest_exponential(*value)));
    each.collect::<Vec<String>>().join(", ")
}
