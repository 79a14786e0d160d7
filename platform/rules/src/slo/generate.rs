//! Rules of objectives, as a Prometheus rule file.

use std::fmt::Write;

use super::burn::{Burn, FAST, SLOW};
use super::spec::{Slo, count};
use super::tests::tests;
use crate::problem::{Problem, Problems};
use crate::template::quote::quote;
use crate::unit::run_text;

/// The name by which the generated tests call the generated rules.
pub const RULES: &str = "slo.rules.yml";

/// Two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// A Prometheus rule file, to be stored as `slo.rules.yml`.
    pub rules: String,
    /// promtool's unit tests of it, to be stored beside it.
    pub tests: String,
}

/// Rules and tests of a file of objectives. The tests have passed here.
///
/// # Errors
/// Everything that is wrong with the file, and tests that do not pass, which means examples that are none.
pub fn generate(file: &str, text: &str) -> Result<Generated, Problems> {
    let slos = super::read(file, text)?;
    let generated = Generated {
        rules: rules(&slos),
        tests: tests(&slos),
    };
    let report = run_text("slo.test.yml", &generated.tests, &|name| {
        Ok(vec![(name.to_owned(), generated.rules.clone())])
    });
    if report.passed() {
        return Ok(generated);
    }
    let failures = report.failures.iter().map(|failure| Problem {
        file: file.to_owned(),
        line: 0,
        column: 0,
        reason: format!("the generated tests fail with these examples:\n{failure}"),
    });
    Err(Problems::new(failures.collect()))
}

/// `IntakeAvailability` of `intake-availability`.
pub(crate) fn alert_name(slo: &Slo, speed: &str) -> String {
    let parts = slo.name.split('-').map(|part| {
        let mut rest = part.chars();
        let first = rest.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(rest).collect::<String>()
    });
    format!("{}{speed}Burn", parts.collect::<String>())
}

/// A number without the noise of binary fractions: a budget is given with a few digits.
fn decimal(value: f64) -> String {
    let text = format!("{value:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rules(slos: &[Slo]) -> String {
    let mut out = String::from(
        "# Generated from service level objectives. The windows need three days of samples.\ngroups:\n",
    );
    for slo in slos {
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "  - name: {}\n    rules:\n",
            quote(&format!("slo-{}", slo.name))
        );
        record_all(&mut out, slo);
        alert(&mut out, slo, ("Fast", "2m"), &FAST, &slo.page, ("过快", "fast"));
        alert(
            &mut out,
            slo,
            ("Slow", "15m"),
            &SLOW,
            &slo.ticket,
            ("持续", "slowly"),
        );
    }
    out
}

fn record_all(out: &mut String, slo: &Slo) {
    let burns = || FAST.iter().chain(&SLOW);
    let mut windows: Vec<String> = burns().flat_map(|burn| [burn.short(), burn.long()]).collect();
    let mut seen = Vec::new();
    windows.retain(|window| {
        let new = !seen.contains(window);
        seen.push(window.clone());
        new
    });
    for window in windows {
        let (errors, total) = (count(&slo.errors, &window), count(&slo.total, &window));
        // A counter of failures that has not begun to count has counted none.
        record(
            out,
            slo,
            &format!("error_ratio:increase{window}"),
            &format!("(({errors}) or 0 * ({total})) / ({total})"),
        );
    }
    for window in burns().map(Burn::long) {
        record(
            out,
            slo,
            &format!("events:increase{window}"),
            &count(&slo.total, &window),
        );
    }
}

fn record(out: &mut String, slo: &Slo, name: &str, expr: &str) {
    let _ = write!(
        out,
        "      - record: slo:{name}\n        expr: {}\n        labels: {{slo: {}}}\n",
        quote(expr),
        quote(&slo.name)
    );
}

/// `wait` is what the condition has to hold for: what fails much is told by quicker rules, and a fast burn hides a slow one.
fn alert(
    out: &mut String,
    slo: &Slo,
    (speed, wait): (&str, &str),
    burns: &[Burn],
    severity: &str,
    (zh, en): (&str, &str),
) {
    let name = alert_name(slo, speed);
    let only = format!("{{slo={}}}", quote(&slo.name));
    let conditions = burns.iter().map(|burn| {
        let (long, short) = (burn.long(), burn.short());
        let limit = format!("{} * {}", decimal(burn.factor(slo.window)), decimal(slo.budget));
        format!(
            "(slo:error_ratio:increase{long}{only} > {limit} and slo:error_ratio:increase{short}{only} > {limit} \
             and slo:events:increase{long}{only} >= {})",
            slo.minimum_events
        )
    });
    let expr = conditions.collect::<Vec<_>>().join(" or ");
    let _ = write!(
        out,
        "      - alert: {name}\n        expr: {}\n        for: {wait}\n        labels:\n",
        quote(&expr)
    );
    for (label, value) in labels(slo, severity) {
        let _ = writeln!(out, "          {label}: {}", quote(value));
    }
    let _ = writeln!(out, "        annotations:");
    for (annotation, text) in annotations(slo, zh, en, "{{ $value | humanizePercentage }}") {
        let _ = writeln!(out, "          {annotation}: {}", quote(&text));
    }
}

/// The labels of an alert beside its name.
pub(crate) fn labels<'s>(slo: &'s Slo, severity: &'s str) -> impl Iterator<Item = (&'static str, &'s str)> {
    let labels = [
        ("severity", severity),
        ("class", &slo.class),
        ("owner", &slo.owner),
        ("slo", &slo.name),
        ("under", &slo.under),
    ];
    labels.into_iter().filter(|(_, value)| !value.is_empty())
}

/// Its annotations, with the share of failed events.
pub(crate) fn annotations(slo: &Slo, zh: &str, en: &str, share: &str) -> [(&'static str, String); 3] {
    [
        (
            "summary_zh",
            format!("{}:错误预算消耗{zh},{share} 的事件失败", slo.summary_zh),
        ),
        (
            "summary_en",
            format!(
                "{}: the error budget burns {en}, {share} of the events fail",
                slo.summary_en
            ),
        ),
        ("runbook", slo.runbook.clone()),
    ]
}
