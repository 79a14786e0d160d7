//! The functions of the subset, and what can be said of a call before it is made.

use regex::RegexBuilder;

use super::print::check_format;
use super::tree::Operand;

/// A pattern in a template is a line long; one that compiles to more than this is a mistake.
const LARGEST_PATTERN: usize = 1 << 20;

/// A function that a template may call. Names are Prometheus' and Go's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the function of the same name in Prometheus or Go"
)]
pub enum Function {
    Printf,
    Print,
    Humanize,
    Humanize1024,
    HumanizeDuration,
    HumanizePercentage,
    HumanizeTimestamp,
    Title,
    ToUpper,
    ToLower,
    Match,
    ReReplaceAll,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Not,
    Len,
    Query,
    First,
    Value,
    Label,
    SortByLabel,
}

use Function as F;

/// Name, function, and how many values it takes at least and at most.
const ALL: [(&str, Function, usize, usize); 27] = [
    ("printf", F::Printf, 1, MANY),
    ("print", F::Print, 0, MANY),
    ("humanize", F::Humanize, 1, 1),
    ("humanize1024", F::Humanize1024, 1, 1),
    ("humanizeDuration", F::HumanizeDuration, 1, 1),
    ("humanizePercentage", F::HumanizePercentage, 1, 1),
    ("humanizeTimestamp", F::HumanizeTimestamp, 1, 1),
    ("title", F::Title, 1, 1),
    ("toUpper", F::ToUpper, 1, 1),
    ("toLower", F::ToLower, 1, 1),
    ("match", F::Match, 2, 2),
    ("reReplaceAll", F::ReReplaceAll, 3, 3),
    ("eq", F::Eq, 2, MANY),
    ("ne", F::Ne, 2, 2),
    ("lt", F::Lt, 2, 2),
    ("le", F::Le, 2, 2),
    ("gt", F::Gt, 2, 2),
    ("ge", F::Ge, 2, 2),
    ("and", F::And, 1, MANY),
    ("or", F::Or, 1, MANY),
    ("not", F::Not, 1, 1),
    ("len", F::Len, 1, 1),
    ("query", F::Query, 1, 1),
    ("first", F::First, 1, 1),
    ("value", F::Value, 1, 1),
    ("label", F::Label, 2, 2),
    ("sortByLabel", F::SortByLabel, 2, 2),
];

const MANY: usize = 64;

/// The function of this name.
pub(crate) fn named(name: &str) -> Result<Function, String> {
    let found = ALL
        .iter()
        .find(|(each, ..)| *each == name)
        .map(|(_, function, ..)| *function);
    found.ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
        format!(
            "{name:?} is no function of the subset: it has {}",
            names.join(", ")
        )
    })
}

/// Whether the call can be made: how many values it has, its pattern, its format. A constant pattern is compiled.
pub(crate) fn check(function: Function, operands: &mut [Operand], piped: bool) -> Result<(), String> {
    let count = operands.len() + usize::from(piped);
    let (name, least, most) = ALL
        .iter()
        .find(|(_, each, ..)| *each == function)
        .map_or(("", 0, MANY), |(name, _, least, most)| (*name, *least, *most));
    if count < least || count > most {
        let wanted = match (least, most) {
            (least, MANY) => format!("at least {least}"),
            (least, _) => least.to_string(),
        };
        return Err(format!("{name} takes {wanted} values and is given {count}"));
    }
    match (function, operands.first_mut()) {
        (F::Match | F::ReReplaceAll, Some(first)) => {
            if let Operand::Text(pattern) = first {
                *first = Operand::Pattern(compile(pattern)?);
            }
            Ok(())
        }
        (F::Printf, Some(Operand::Text(format))) => check_format(format),
        (F::Query, Some(Operand::Text(expression))) => match promql::parse(expression) {
            Ok(_) => Ok(()),
            Err(rejected) => Err(format!(
                "the query at {}:{}: {}",
                rejected.line, rejected.column, rejected.reason
            )),
        },
        _ => Ok(()),
    }
}

/// A pattern, within bounds.
pub(crate) fn compile(pattern: &str) -> Result<regex::Regex, String> {
    let built = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
    built.map_err(|error| {
        let first = error.to_string();
        let last = first.lines().last().unwrap_or_default().trim().to_owned();
        format!("not a pattern: {last}")
    })
}
