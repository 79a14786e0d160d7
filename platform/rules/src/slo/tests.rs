//! Unit tests of generated rules: that they fire, and that they keep quiet.

use std::fmt::Write;

use super::generate::{RULES, alert_name, annotations, labels};
use super::spec::Slo;
use crate::template::quote::quote;

/// Longer than the fast alert's long window, so that it is full.
const MINUTES: u32 = 75;

/// The tests of some objectives, in promtool's format.
pub(crate) fn tests(slos: &[Slo]) -> String {
    let mut out =
        format!("# Generated with {RULES}.\nrule_files:\n  - {RULES}\nevaluation_interval: 1m\ntests:\n");
    for slo in slos {
        let enough = slo.minimum_events;
        // Half of the events fail.
        test(&mut out, slo, "fires", &counting(enough), &counting(enough), true);
        test(
            &mut out,
            slo,
            "nothing fails",
            &format!("0x{MINUTES}"),
            &counting(enough),
            false,
        );
        test(
            &mut out,
            slo,
            "within the budget",
            &counting(1),
            &counting(within(slo.budget)),
            false,
        );
        // All events fail, and are less than half of those that are needed.
        let few = enough.saturating_sub(1) / 2;
        if few > 0 {
            let once = format!("0x30 {few}x{}", MINUTES - 31);
            test(
                &mut out,
                slo,
                "too few events",
                &once,
                &format!("0x{MINUTES}"),
                false,
            );
        }
    }
    out
}

fn counting(step: u32) -> String {
    format!("0+{step}x{MINUTES}")
}

/// So many good events to a bad one that half of the budget is spent.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a budget is at least a ten-billionth; more saturates"
)]
fn within(budget: f64) -> u32 {
    (2.0 / budget).ceil() as u32
}

fn test(out: &mut String, slo: &Slo, name: &str, bad: &str, good: &str, fires: bool) {
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "  - name: {}\n    interval: 1m\n    input_series:\n",
        quote(&format!("{}: {name}", slo.name))
    );
    for (series, values) in [(&slo.bad, bad), (&slo.good, good)] {
        let _ = write!(
            out,
            "      - series: {}\n        values: {}\n",
            quote(series),
            quote(values)
        );
    }
    out.push_str("    alert_rule_test:\n");
    for (speed, severity, zh, en) in [
        ("Fast", &slo.page, "过快", "fast"),
        ("Slow", &slo.ticket, "持续", "slowly"),
    ] {
        let _ = write!(
            out,
            "      - eval_time: 70m\n        alertname: {}\n        exp_alerts:",
            alert_name(slo, speed)
        );
        if !fires {
            out.push_str(" []\n");
            continue;
        }
        out.push_str("\n          - exp_labels:\n");
        for (label, value) in labels(slo, severity) {
            let _ = writeln!(out, "              {label}: {}", quote(value));
        }
        out.push_str("            exp_annotations:\n");
        for (annotation, text) in annotations(slo, zh, en, "50%") {
            let _ = writeln!(out, "              {annotation}: {}", quote(&text));
        }
    }
}
