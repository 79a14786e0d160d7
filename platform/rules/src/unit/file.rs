//! What a test file says.

use std::collections::BTreeMap;

use super::metric::{Pairs, metric};
use super::notation::values;
use crate::problem::Problems;
use crate::yaml::{Node, Report};

/// A test file.
pub(crate) struct TestFile {
    pub(crate) rule_files: Vec<String>,
    /// Milliseconds.
    pub(crate) evaluation_interval: i64,
    pub(crate) group_eval_order: Vec<String>,
    pub(crate) tests: Vec<Test>,
}

/// Series, and what is expected of them.
pub(crate) struct Test {
    pub(crate) name: String,
    /// Milliseconds between two samples.
    pub(crate) interval: i64,
    pub(crate) series: Vec<(Pairs, Vec<Option<f64>>)>,
    pub(crate) alerts: Vec<AlertTest>,
    pub(crate) expressions: Vec<ExpressionTest>,
    pub(crate) external_labels: BTreeMap<String, String>,
    pub(crate) external_url: String,
}

pub(crate) struct AlertTest {
    /// Milliseconds.
    pub(crate) at: i64,
    pub(crate) name: String,
    /// Labels and annotations.
    pub(crate) expected: Vec<(Pairs, Pairs)>,
}

pub(crate) struct ExpressionTest {
    /// Milliseconds.
    pub(crate) at: i64,
    pub(crate) expr: String,
    pub(crate) expected: Vec<(Pairs, f64)>,
}

const TEST: [&str; 7] = [
    "name",
    "interval",
    "input_series",
    "alert_rule_test",
    "promql_expr_test",
    "external_labels",
    "external_url",
];

/// Reads a test file.
pub(crate) fn read(file: &str, text: &str) -> Result<TestFile, Problems> {
    let mut report = Report::new(file, text);
    let read = document(&mut report);
    match read {
        Some(read) if report.problems.is_empty() => Ok(read),
        _ => Err(Problems::new(report.problems)),
    }
}

fn document(report: &mut Report<'_>) -> Option<TestFile> {
    let document = report.document();
    let known = ["rule_files", "evaluation_interval", "group_eval_order", "tests"];
    let empty = TestFile {
        rule_files: Vec::new(),
        evaluation_interval: 0,
        group_eval_order: Vec::new(),
        tests: Vec::new(),
    };
    let Some(document) = document else {
        return Some(empty);
    };
    let fields = report.fields(&document, "a test file", &known)?;
    let interval = report.duration(fields.get("evaluation_interval"), "`evaluation_interval`");
    let order = texts(fields.get("group_eval_order"), "`group_eval_order`", report);
    for (at, name) in order.iter().enumerate() {
        if let Some(node) = fields
            .get("group_eval_order")
            .filter(|_| order.iter().take(at).any(|each| each == name))
        {
            report.at(node, format!("group name repeated in evaluation order: {name}"));
        }
    }
    let tests = report.list(fields.get("tests"), "`tests`");
    Some(TestFile {
        rule_files: texts(fields.get("rule_files"), "`rule_files`", report),
        // promtool's default.
        evaluation_interval: if interval == 0 { 60_000 } else { interval },
        group_eval_order: order,
        tests: tests.iter().filter_map(|node| test(node, report)).collect(),
    })
}

fn texts(node: Option<&Node>, what: &str, report: &mut Report<'_>) -> Vec<String> {
    let nodes = report.list(node, what);
    nodes
        .iter()
        .map(|node| report.text(Some(node), what).to_owned())
        .collect()
}

fn test(node: &Node, report: &mut Report<'_>) -> Option<Test> {
    let fields = report.fields(node, "a test", &TEST)?;
    let series = report.list(fields.get("input_series"), "`input_series`");
    let alerts = report.list(fields.get("alert_rule_test"), "`alert_rule_test`");
    let expressions = report.list(fields.get("promql_expr_test"), "`promql_expr_test`");
    Some(Test {
        name: report.text(fields.get("name"), "`name`").to_owned(),
        interval: report.duration(fields.get("interval"), "`interval`"),
        series: series
            .iter()
            .filter_map(|node| one_series(node, report))
            .collect(),
        alerts: alerts.iter().filter_map(|node| alert(node, report)).collect(),
        expressions: expressions
            .iter()
            .filter_map(|node| expression(node, report))
            .collect(),
        external_labels: map(fields.get("external_labels"), "`external_labels`", report),
        external_url: report
            .text(fields.get("external_url"), "`external_url`")
            .to_owned(),
    })
}

fn one_series(node: &Node, report: &mut Report<'_>) -> Option<(Pairs, Vec<Option<f64>>)> {
    let fields = report.fields(node, "an input series", &["series", "values"])?;
    let series = report.text(fields.get("series"), "`series`");
    let samples = report.text(fields.get("values"), "`values`");
    let series = metric(series)
        .map_err(|reason| report.at(fields.get("series").unwrap_or(node), reason))
        .ok();
    let samples = values(samples)
        .map_err(|reason| report.at(fields.get("values").unwrap_or(node), reason))
        .ok();
    Some((series?, samples?))
}

fn alert(node: &Node, report: &mut Report<'_>) -> Option<AlertTest> {
    let fields = report.fields(node, "an alert test", &["eval_time", "alertname", "exp_alerts"])?;
    let name = report.text(fields.get("alertname"), "`alertname`");
    if name.is_empty() {
        report.at(node, "an alert test needs `alertname`");
    }
    let expected = report.list(fields.get("exp_alerts"), "`exp_alerts`");
    let expected = expected.iter().filter_map(|node| {
        let fields = report.fields(node, "an expected alert", &["exp_labels", "exp_annotations"])?;
        let mut labels = map(fields.get("exp_labels"), "`exp_labels`", report);
        labels.insert("alertname".to_owned(), name.to_owned());
        Some((
            labels,
            map(fields.get("exp_annotations"), "`exp_annotations`", report),
        ))
    });
    let expected = expected.collect();
    let at = report.duration(fields.get("eval_time"), "`eval_time`");
    Some(AlertTest {
        at,
        name: name.to_owned(),
        expected,
    })
}

fn expression(node: &Node, report: &mut Report<'_>) -> Option<ExpressionTest> {
    let fields = report.fields(node, "an expression test", &["eval_time", "expr", "exp_samples"])?;
    let expected = report.list(fields.get("exp_samples"), "`exp_samples`");
    let expected = expected.iter().filter_map(|node| {
        let fields = report.fields(node, "an expected sample", &["labels", "value"])?;
        let labels = metric(report.text(fields.get("labels"), "`labels`"));
        let labels = labels
            .map_err(|reason| report.at(fields.get("labels").unwrap_or(node), reason))
            .ok();
        let value = number(report.text(fields.get("value"), "`value`"));
        if value.is_none() {
            report.at(fields.get("value").unwrap_or(node), "`value` must be a number");
        }
        Some((labels?, value?))
    });
    let expected = expected.collect();
    let at = report.duration(fields.get("eval_time"), "`eval_time`");
    Some(ExpressionTest {
        at,
        expr: report.text(fields.get("expr"), "`expr`").to_owned(),
        expected,
    })
}

/// A number as YAML writes it; nothing is 0.
fn number(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "" => Some(0.0),
        ".inf" | "+.inf" => Some(f64::INFINITY),
        "-.inf" => Some(f64::NEG_INFINITY),
        ".nan" => Some(f64::NAN),
        "inf" | "+inf" | "-inf" | "infinity" | "nan" => None,
        text => text.replace('_', "").parse().ok(),
    }
}

fn map(node: Option<&Node>, what: &str, report: &mut Report<'_>) -> Pairs {
    let Some(fields) = node.and_then(|node| report.pairs(node, what)) else {
        return Pairs::new();
    };
    let pairs = fields
        .iter()
        .map(|(name, _, value)| (name.to_owned(), report.text(Some(value), what).to_owned()));
    pairs.collect()
}
