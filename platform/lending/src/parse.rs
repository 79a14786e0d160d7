//! Turning wire values into domain values: a bad one names its field and the mend.

use std::fmt::Display;
use std::str::FromStr;

use crate::Refusal;

/// Free text of 1 to `most` characters, without control characters.
pub(crate) fn text(field: &'static str, value: &str, most: usize) -> Result<(), Refusal> {
    let length = value.chars().count();
    if value.trim().is_empty() || length > most || value.chars().any(char::is_control) {
        return Err(Refusal::field(
            field,
            format!("1-{most} characters, no control characters"),
        ));
    }
    Ok(())
}

/// A run of `least` to `most` digits.
pub(crate) fn digits(field: &'static str, value: &str, least: usize, most: usize) -> Result<(), Refusal> {
    if !(least..=most).contains(&value.len()) || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        let mend = if least == most {
            format!("{least} digits")
        } else {
            format!("{least}-{most} digits")
        };
        return Err(Refusal::field(field, mend));
    }
    Ok(())
}

/// Anything that parses; the error's text is the mend and never holds the value.
pub(crate) fn value<T>(field: &'static str, text: &str) -> Result<T, Refusal>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse()
        .map_err(|error: T::Err| Refusal::field(field, error.to_string()))
}

/// A whole number within bounds.
pub(crate) fn within(field: &'static str, value: i64, least: i64, most: i64) -> Result<i64, Refusal> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::field(
            field,
            format!("a whole number from {least} to {most}"),
        ))
    }
}

/// An industry of GB/T 4754: a capital letter and two digits.
pub(crate) fn industry(field: &'static str, value: &str) -> Result<(), Refusal> {
    match value.as_bytes() {
        [letter, a, b] if letter.is_ascii_uppercase() && a.is_ascii_digit() && b.is_ascii_digit() => Ok(()),
        _ => Err(Refusal::field(
            field,
            "a capital letter and two digits, GB/T 4754",
        )),
    }
}

/// A taxpayer number: 15–20 capitals and digits.
pub(crate) fn tax_number(field: &'static str, value: &str) -> Result<(), Refusal> {
    let good = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if (15..=20).contains(&value.len()) && value.bytes().all(good) {
        Ok(())
    } else {
        Err(Refusal::field(field, "15-20 capital letters and digits"))
    }
}
