//! Running test files as promtool 2.42 does: in its order, at its times, with its comparisons.

use std::path::Path;

use super::file::read;
use super::report::{FileReport, Report};
use super::rounds::Running;
use crate::file::{Group, load};
use crate::problem::{Problem, Problems};
use crate::rule_files;

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

/// Names and texts of the rule files that a pattern of a test file means.
pub type RuleFiles<'a> = &'a dyn Fn(&str) -> Result<Vec<(String, String)>, String>;

/// Runs a test file that is given as a text. Each of its `rule_files` is asked for names and texts.
#[must_use]
pub fn run_text(file: &str, text: &str, rule_files: RuleFiles<'_>) -> FileReport {
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
