//! What the functions of the subset do.

use promql::Labels;

use super::call::{Function, compile};
use super::value::Value;
use super::{compare, humanize, print};

/// Answers a query of a template.
pub type Ask<'a> = &'a dyn Fn(&str) -> Result<Vec<(Labels, f64)>, String>;

/// The value of a call. `and` and `or` are not here, as they may leave values uncomputed.
pub(crate) fn call(function: Function, values: &[Value], ask: Ask<'_>) -> Result<Value, String> {
    use Function as F;
    let first = || values.first().ok_or("a value is missing");
    let second = || values.get(1).ok_or("a value is missing");
    let text = |text: String| Ok(Value::Text(text));
    let truth = |truth: Result<bool, String>| truth.map(Value::Bool);
    match function {
        F::Printf => text(print::printf(
            first()?.text()?,
            values.get(1..).unwrap_or_default(),
        )?),
        F::Print => text(print::print(values)?),
        F::Humanize => text(humanize::humanize(first()?.number()?)),
        F::Humanize1024 => text(humanize::humanize1024(first()?.number()?)),
        F::HumanizeDuration => text(humanize::duration(first()?.number()?)),
        F::HumanizePercentage => text(humanize::percentage(first()?.number()?)),
        F::HumanizeTimestamp => text(humanize::timestamp(first()?.number()?)?),
        F::Title => text(title(first()?.text()?)),
        F::ToUpper => text(first()?.text()?.to_uppercase()),
        F::ToLower => text(first()?.text()?.to_lowercase()),
        // With a pattern that is known at load these two are done where it is kept compiled.
        F::Match => truth(Ok(compile(first()?.text()?)?.is_match(second()?.text()?))),
        F::ReReplaceAll => {
            let pattern = compile(first()?.text()?)?;
            let within = values.get(2).ok_or("a value is missing")?;
            text(
                pattern
                    .replace_all(within.text()?, second()?.text()?)
                    .into_owned(),
            )
        }
        F::Eq => truth(compare::eq(first()?, values.get(1..).unwrap_or_default())),
        F::Ne => truth(compare::eq(first()?, values.get(1..2).unwrap_or_default()).map(|equal| !equal)),
        F::Lt => truth(compare::lt(first()?, second()?)),
        F::Le => truth(compare::le(first()?, second()?)),
        F::Gt => truth(compare::le(first()?, second()?).map(|le| !le)),
        F::Ge => truth(compare::lt(first()?, second()?).map(|lt| !lt)),
        F::Not => truth(Ok(!first()?.holds())),
        F::Len => length(first()?).map(Value::Int),
        F::Query => ask(first()?.text()?).map(Value::Samples),
        F::First => match first()? {
            Value::Samples(samples) => match samples.first() {
                Some((labels, value)) => Ok(Value::Sample(labels.clone(), *value)),
                None => Err("first() called on vector with no elements".to_owned()),
            },
            other => wrong(other),
        },
        F::Value => match first()? {
            Value::Sample(_, value) => Ok(Value::Float(*value)),
            other => wrong(other),
        },
        F::Label => match second()? {
            Value::Sample(labels, _) => text(labels.get(first()?.text()?).to_owned()),
            other => wrong(other),
        },
        F::SortByLabel => match second()? {
            Value::Samples(samples) => {
                let by = first()?.text()?;
                let mut sorted = samples.clone();
                sorted.sort_by(|(a, _), (b, _)| a.get(by).cmp(b.get(by)));
                Ok(Value::Samples(sorted))
            }
            other => wrong(other),
        },
        F::And | F::Or => Err("computed elsewhere".to_owned()),
    }
}

fn wrong(value: &Value) -> Result<Value, String> {
    Err(format!("wrong type for value; got {}", value.type_name()))
}

fn length(value: &Value) -> Result<i64, String> {
    let length = match value {
        // Of bytes, as Go counts.
        Value::Text(text) => text.len(),
        Value::Map(labels) => labels.iter().len(),
        Value::Samples(samples) => samples.len(),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(i64::try_from(length).unwrap_or(i64::MAX))
}

/// The first letter of each word in upper case; what is neither letter, digit nor `_` parts words.
fn title(text: &str) -> String {
    let mut titled = String::new();
    let mut begins = true;
    for c in text.chars() {
        if begins {
            titled.extend(c.to_uppercase());
        } else {
            titled.push(c);
        }
        begins = if c.is_ascii() {
            !(c.is_ascii_alphanumeric() || c == '_')
        } else {
            c.is_whitespace()
        };
    }
    titled
}
