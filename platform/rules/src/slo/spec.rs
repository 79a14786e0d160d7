//! What somebody promises: a share of good events over a window.

use crate::conventions::SEVERITIES;
use crate::names::is_label;
use crate::problem::Problems;
use crate::unit::metric::metric;
use crate::yaml::{Fields, Node, Report};

/// What stands for a window in an expression.
pub const WINDOW: &str = "$window";

/// A promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    /// Lower-case letters, digits and `-`; the label `slo`.
    pub name: String,
    /// What is promised, in Chinese.
    pub summary_zh: String,
    /// What is promised, in English.
    pub summary_en: String,
    /// The share of events that may fail, between 0 and 1.
    pub budget: f64,
    /// Over how long, in milliseconds.
    pub window: i64,
    /// Fewer events in an alert's long window than this never alert: of few events each failure is a large share.
    pub minimum_events: u32,
    /// Of events that failed: a counter's selector, or an expression of how many there were in `$window`.
    pub errors: String,
    /// Of all events, in the same way.
    pub total: String,
    /// The severity of a fast burn.
    pub page: String,
    /// The severity of a slow one.
    pub ticket: String,
    /// The label `class`.
    pub class: String,
    /// The label `owner`.
    pub owner: String,
    /// The label `under`: of what a failure is most often a consequence. Empty for none.
    pub under: String,
    /// The annotation `runbook`.
    pub runbook: String,
    /// A counter of failed events that both selectors match, for the tests.
    pub bad: String,
    /// A counter of good events that only `total` matches, for the tests.
    pub good: String,
}

const KNOWN: [&str; 15] = [
    "name",
    "summary_zh",
    "summary_en",
    "objective",
    "window",
    "minimum_events",
    "errors",
    "total",
    "page",
    "ticket",
    "class",
    "owner",
    "under",
    "runbook",
    "example",
];

/// Thirty days, as the SRE workbook has it.
const MONTH: i64 = 30 * 86_400_000;

/// Reads a file of objectives (`slos`, a list).
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(file: &str, text: &str) -> Result<Vec<Slo>, Problems> {
    let mut report = Report::new(file, text);
    let slos = document(&mut report);
    if report.problems.is_empty() {
        Ok(slos)
    } else {
        Err(Problems::new(report.problems))
    }
}

fn document(report: &mut Report<'_>) -> Vec<Slo> {
    let Some(document) = report.document() else {
        return Vec::new();
    };
    let Some(fields) = report.fields(&document, "a file of objectives", &["slos"]) else {
        return Vec::new();
    };
    let mut slos: Vec<Slo> = Vec::new();
    for node in report.list(fields.get("slos"), "`slos`") {
        let Some(slo) = slo(node, report) else { continue };
        if slos.iter().any(|each| each.name == slo.name) {
            report.at(node, format!("the objective {:?} is given twice", slo.name));
        }
        slos.push(slo);
    }
    slos
}

fn slo(node: &Node, report: &mut Report<'_>) -> Option<Slo> {
    let fields = report.fields(node, "an objective", &KNOWN)?;
    let example = fields.get("example");
    let example = example.and_then(|node| report.fields(node, "an example", &["bad", "good"]));
    let slo = Slo {
        name: needed("name", node, &fields, report),
        summary_zh: needed("summary_zh", node, &fields, report),
        summary_en: needed("summary_en", node, &fields, report),
        budget: budget(node, &fields, report),
        window: match report.duration(fields.get("window"), "`window`") {
            0 => MONTH,
            window => window,
        },
        minimum_events: minimum(node, &fields, report),
        errors: events("errors", node, &fields, report),
        total: events("total", node, &fields, report),
        page: severity("page", "critical", &fields, report),
        ticket: severity("ticket", "warning", &fields, report),
        class: needed("class", node, &fields, report),
        owner: needed("owner", node, &fields, report),
        under: report.text(fields.get("under"), "`under`").to_owned(),
        runbook: needed("runbook", node, &fields, report),
        bad: series("bad", node, example.as_ref(), report),
        good: series("good", node, example.as_ref(), report),
    };
    if !is_label(&slo.name.replace('-', "_")) || slo.name.chars().any(|c| c.is_ascii_uppercase()) {
        report.at(
            fields.get("name").unwrap_or(node),
            "`name` has lower-case letters, digits and -, a letter first",
        );
    }
    if slo.window < 3 * 86_400_000 {
        report.at(
            fields.get("window").unwrap_or(node),
            "`window` must be three days at least, the longest one that is looked at",
        );
    }
    Some(slo)
}

fn needed(name: &str, node: &Node, fields: &Fields<'_>, report: &mut Report<'_>) -> String {
    let text = report
        .text(fields.get(name), &format!("`{name}`"))
        .trim()
        .to_owned();
    if text.is_empty() {
        report.at(node, format!("an objective needs `{name}`"));
    }
    if text.contains("{{") {
        report.at(
            fields.get(name).unwrap_or(node),
            format!("`{name}` is no template"),
        );
    }
    text
}

fn budget(node: &Node, fields: &Fields<'_>, report: &mut Report<'_>) -> f64 {
    let objective = report
        .number(fields.get("objective"), "`objective`")
        .unwrap_or(0.0);
    if !(95.0..100.0).contains(&objective) {
        report.at(fields.get("objective").unwrap_or(node), "`objective` is a percentage from 95 to below 100, such as 99.9: of a larger budget no share of failures is 14 times too much");
    }
    (100.0 - objective) / 100.0
}

fn minimum(node: &Node, fields: &Fields<'_>, report: &mut Report<'_>) -> u32 {
    let minimum = report
        .number(fields.get("minimum_events"), "`minimum_events`")
        .unwrap_or(0);
    if minimum == 0 {
        report.at(
            fields.get("minimum_events").unwrap_or(node),
            "an objective needs `minimum_events`, 1 or more",
        );
    }
    minimum
}

fn severity(name: &str, otherwise: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> String {
    let text = report.text(fields.get(name), &format!("`{name}`"));
    match (fields.get(name), text) {
        (_, "") => otherwise.to_owned(),
        (Some(node), text) if !SEVERITIES.contains(&text) => {
            report.at(
                node,
                format!("`{name}` is a severity: one of {}", SEVERITIES.join(", ")),
            );
            String::new()
        }
        _ => text.to_owned(),
    }
}

/// How many events there were in a window, as an expression.
pub(crate) fn count(events: &str, window: &str) -> String {
    if events.contains(WINDOW) {
        events.replace(WINDOW, window)
    } else {
        format!("sum(increase({events}[{window}]))")
    }
}

fn events(name: &str, node: &Node, fields: &Fields<'_>, report: &mut Report<'_>) -> String {
    let text = needed(name, node, fields, report);
    if let (Some(node), Err(rejected)) = (fields.get(name), promql::parse(&count(&text, "5m")))
        && !text.is_empty()
    {
        let wanted = "must be a counter's selector, or an expression with $window for the window";
        report.at(node, format!("`{name}` {wanted}: {}", rejected.reason));
    }
    text
}

fn series(name: &str, node: &Node, example: Option<&Fields<'_>>, report: &mut Report<'_>) -> String {
    let found = example.and_then(|example| example.get(name));
    let text = report.text(found, &format!("`{name}`")).trim().to_owned();
    if text.is_empty() {
        report.at(
            node,
            format!("an objective needs `example` with `{name}`, a series for its tests"),
        );
    } else if let (Some(node), Err(reason)) = (found, metric(&text)) {
        report.at(node, reason);
    }
    text
}
