//! What every shipped rule must say, so that whoever is woken by it knows how bad it is, whose it is and what to do.

use std::collections::HashMap;

use crate::file::{Alerting, Group, Rule};
use crate::problem::{Problem, Problems};

/// What `severity` may be: wakes somebody, waits for the working day, is only told.
pub const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];

/// Whether every alert names `severity`, `class` and `owner` as labels, has a summary in Chinese and English
/// (`summary_zh` and `summary_en`, or `summary` and `description` in both languages) and names its `runbook`; and
/// whether no two rules of a group have the same name and labels.
///
/// # Errors
/// Everything that is missing.
pub fn check(groups: &[Group]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for group in groups {
        let mut known = HashMap::new();
        for rule in &group.rules {
            if let Some(line) = known.insert((&rule.name, &rule.labels), rule.place.line) {
                let reason = format!(
                    "{:?} has the same labels at line {line}: they would overwrite each other",
                    rule.name
                );
                problems.push(problem(rule, reason));
            }
            if let Some(alerting) = rule.alerting() {
                let lacking = labels(rule).into_iter().chain(annotations(alerting));
                problems.extend(lacking.map(|reason| problem(rule, format!("{:?} {reason}", rule.name))));
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Problems::new(problems))
    }
}

fn problem(rule: &Rule, reason: String) -> Problem {
    Problem {
        file: rule.place.file.to_string(),
        line: rule.place.line,
        column: rule.place.column,
        reason,
    }
}

fn labels(rule: &Rule) -> Vec<String> {
    let mut lacking = Vec::new();
    match rule.label("severity") {
        Some(severity) if SEVERITIES.contains(&severity) => {}
        Some(severity) => lacking.push(format!(
            "has severity {severity:?}, which is none of {}",
            SEVERITIES.join(", ")
        )),
        None => lacking.push(format!(
            "needs the label severity: one of {}",
            SEVERITIES.join(", ")
        )),
    }
    for name in ["class", "owner"] {
        if rule.label(name).is_none_or(|text| text.trim().is_empty()) {
            lacking.push(format!("needs the label {name}"));
        }
    }
    lacking
}

fn annotations(alerting: &Alerting) -> Vec<String> {
    let texts: HashMap<&str, String> = alerting
        .annotations
        .iter()
        .map(|(name, template)| (name.as_ref(), template.literal()))
        .collect();
    let holds = |name: &str, test: fn(&str) -> bool| texts.get(name).is_some_and(|text| test(text));
    let mut lacking = Vec::new();
    let apart = holds("summary_zh", chinese) && holds("summary_en", latin);
    let both = |text: &str| chinese(text) && latin(text);
    let together = holds("summary", both) && holds("description", both);
    if !apart && !together {
        lacking.push(
            "needs its summary in Chinese and English: annotations summary_zh and summary_en, or summary and \
             description in both languages"
                .to_owned(),
        );
    }
    if !holds("runbook", |text| !text.trim().is_empty()) {
        lacking.push("needs the annotation runbook".to_owned());
    }
    lacking
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn latin(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_alphabetic())
}
