//! One expression in a file.

use promql::{Kind, Query};

use crate::yaml::{Node, Report};

/// The expression, or `None` after noting where in the file it leaves the subset, or that it can be no rule.
pub(crate) fn read(node: &Node, text: &str, report: &mut Report<'_>) -> Option<Query> {
    match promql::parse(text) {
        Err(rejected) => {
            let offset = offset_of(text, rejected.line, rejected.column);
            report.inside(node, offset, rejected.reason);
            None
        }
        Ok(query) => match query.kind() {
            Kind::Scalar | Kind::Vector => Some(query),
            // Prometheus accepts the file, and then fails each evaluation.
            Kind::String => refuse(node, "a text", report),
            Kind::Matrix => refuse(node, "a range of samples", report),
        },
    }
}

fn refuse(node: &Node, what: &str, report: &mut Report<'_>) -> Option<Query> {
    let reason = format!("the expression's result is {what}, and a rule needs one value for each series");
    report.at(node, reason);
    None
}

/// The number, from 0, of the character at this line and column, both from 1.
fn offset_of(text: &str, line: u32, column: u32) -> usize {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
    let lines: usize = text
        .split('\n')
        .take(before)
        .map(|line| line.chars().count() + 1)
        .sum();
    lines + usize::try_from(column.saturating_sub(1)).unwrap_or(0)
}
