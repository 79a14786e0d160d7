//! Reading rule files: everything that is wrong is told, not only the first.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::expression;
use super::rule::{Alerting, Group, Kind, Place, Rule};
use crate::names::{is_label, is_metric};
use crate::problem::{Problem, Problems};
use crate::template::Template;
use crate::yaml::{Fields, Node, Report};

const RULE: [&str; 7] = [
    "record",
    "alert",
    "expr",
    "for",
    "keep_firing_for",
    "labels",
    "annotations",
];

/// The groups of rule files that are given as name and text, in order.
///
/// # Errors
/// Everything that is wrong in any of them.
pub fn load<N: AsRef<str>, T: AsRef<str>>(
    files: impl IntoIterator<Item = (N, T)>,
) -> Result<Vec<Group>, Problems> {
    let mut groups = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in files {
        let mut report = Report::new(name.as_ref(), text.as_ref());
        groups.extend(file(&mut report, &Arc::from(name.as_ref())));
        problems.append(&mut report.problems);
    }
    if problems.is_empty() {
        Ok(groups)
    } else {
        Err(Problems::new(problems))
    }
}

/// The groups of the rule files at these paths, in order.
///
/// # Errors
/// Files that cannot be read, and everything that is wrong in the others.
pub fn load_paths<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Vec<Group>, Problems> {
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let file = path.as_ref().display().to_string();
        match std::fs::read_to_string(path.as_ref()) {
            Ok(text) => texts.push((file, text)),
            Err(error) => {
                let reason = format!("cannot be read: {error}");
                problems.push(Problem {
                    file,
                    line: 0,
                    column: 0,
                    reason,
                });
            }
        }
    }
    match load(texts) {
        Ok(groups) if problems.is_empty() => Ok(groups),
        Ok(_) => Err(Problems::new(problems)),
        Err(Problems(more)) => {
            problems.extend(more);
            Err(Problems::new(problems))
        }
    }
}

fn file(report: &mut Report<'_>, name: &Arc<str>) -> Vec<Group> {
    let Some(document) = report.document() else {
        return Vec::new();
    };
    let Some(fields) = report.fields(&document, "a rule file", &["groups"]) else {
        return Vec::new();
    };
    let mut names = BTreeSet::new();
    let nodes = report.list(fields.get("groups"), "`groups`");
    let mut groups = Vec::new();
    for node in nodes {
        let Some(group) = group(node, report, name) else {
            continue;
        };
        if !names.insert(Arc::clone(&group.name)) {
            report.at(
                node,
                format!("the group name {:?} is given twice in this file", group.name),
            );
        }
        groups.push(group);
    }
    groups
}

fn group(node: &Node, report: &mut Report<'_>, file: &Arc<str>) -> Option<Group> {
    let fields = report.fields(node, "a group", &["name", "interval", "limit", "rules"])?;
    let name = report.text(fields.get("name"), "`name`");
    if name.is_empty() {
        report.at(node, "a group needs a name");
    }
    let interval = report.duration(fields.get("interval"), "`interval`");
    let limit: i64 = report.number(fields.get("limit"), "`limit`").unwrap_or(0);
    let nodes = report.list(fields.get("rules"), "`rules`");
    Some(Group {
        place: place(node, report, file),
        name: Arc::from(name),
        interval: (interval > 0).then_some(interval),
        // A negative one is none, as in Prometheus.
        limit: usize::try_from(limit).unwrap_or(0),
        rules: nodes.iter().filter_map(|node| rule(node, report, file)).collect(),
    })
}

fn place(node: &Node, report: &Report<'_>, file: &Arc<str>) -> Place {
    let (line, column) = report.place(node);
    Place {
        file: Arc::clone(file),
        line,
        column,
    }
}

fn rule(node: &Node, report: &mut Report<'_>, file: &Arc<str>) -> Option<Rule> {
    let fields = report.fields(node, "a rule", &RULE)?;
    let record = report.text(fields.get("record"), "`record`");
    let alert = report.text(fields.get("alert"), "`alert`");
    match (record, alert) {
        ("", "") => report.at(node, "a rule needs `record` or `alert`"),
        (_, "") => only_record(&fields, record, report),
        ("", _) => {}
        _ => report.at(node, "a rule has either `record` or `alert`, not both"),
    }
    let expr = report.text(fields.get("expr"), "`expr`");
    let query = match fields.get("expr") {
        Some(written) if !expr.is_empty() => expression::read(written, expr, report),
        _ => {
            report.at(node, "a rule needs `expr`");
            None
        }
    };
    let hold = report.duration(fields.get("for"), "`for`");
    let keep_firing_for = report.duration(fields.get("keep_firing_for"), "`keep_firing_for`");
    let labels = named(fields.get("labels"), "label", report);
    let annotations = named(fields.get("annotations"), "annotation", report);
    let kind = if record.is_empty() {
        Kind::Alert(Alerting {
            hold,
            keep_firing_for,
            labels: templates(&labels, report),
            annotations: templates(&annotations, report),
        })
    } else {
        Kind::Record
    };
    Some(Rule {
        place: place(node, report, file),
        name: Arc::from(if record.is_empty() { alert } else { record }),
        expr: Arc::from(expr),
        query: Arc::new(query?),
        labels: labels
            .iter()
            .map(|(name, text, _)| (Arc::from(*name), Arc::from(*text)))
            .collect(),
        kind,
    })
}

fn only_record(fields: &Fields<'_>, record: &str, report: &mut Report<'_>) {
    for (name, at, _) in fields.iter() {
        if matches!(name, "for" | "keep_firing_for" | "annotations") {
            report.at(at, format!("`{name}` belongs to alerts, not to a recording rule"));
        }
    }
    if let Some(node) = fields.get("record").filter(|_| !is_metric(record)) {
        report.at(
            node,
            format!("{record:?} is no name of a metric: letters, digits, `_` and `:`, no digit first"),
        );
    }
}

/// Names and texts of labels or annotations, by name.
fn named<'n>(
    node: Option<&'n Node>,
    what: &str,
    report: &mut Report<'_>,
) -> Vec<(&'n str, &'n str, &'n Node)> {
    let Some(fields) = node.and_then(|node| report.pairs(node, &format!("{what}s"))) else {
        return Vec::new();
    };
    let mut found: Vec<(&str, &str, &Node)> = Vec::new();
    for (name, at, value) in fields.iter() {
        if name.contains("{{") {
            report.at(
                at,
                format!("a template cannot make the name of a {what}, only its value"),
            );
        } else if !is_label(name) || (what == "label" && name == promql::labels::NAME) {
            report.at(
                at,
                format!("{name:?} cannot be the name of a {what}: letters, digits and `_`, no digit first"),
            );
        }
        let text = report.text(Some(value), &format!("the {what} {name:?}"));
        found.push((name, text, value));
    }
    found.sort_by_key(|(name, _, _)| *name);
    found
}

fn templates(texts: &[(&str, &str, &Node)], report: &mut Report<'_>) -> Vec<(Arc<str>, Template)> {
    let mut read = Vec::new();
    for (name, text, node) in texts {
        match Template::parse(text) {
            Ok(template) => read.push((Arc::from(*name), template)),
            Err(error) => report.inside(
                node,
                error.offset,
                format!("template of {name:?}: {}", error.reason),
            ),
        }
    }
    read
}
