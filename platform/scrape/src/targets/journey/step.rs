//! Looks at one step.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, wrong};
use crate::targets::steps::Method;
use crate::targets::template::{Part, is_name, parts};
use crate::targets::{ConfigError, Scalar, Step, StepExpect};

/// Longest name of a job or step, path and JSON pointer, in bytes.
const NAME: usize = 64;
const PATH: usize = 512;
const POINTER: usize = 256;
/// Longest body that is sent, in bytes.
const BODY: usize = 16 << 10;
/// Names that one step captures, statuses, and places in its answer that it looks at.
const PLACES: usize = 16;

pub(super) const TEXT: &str = "a text of 1 to 256 bytes without control characters, or a whole number";
const IN_A_PATH: &str = "stands in a path: neither / nor \\ nor .. in it";
const POINTS: &str = "a JSON pointer of at most 256 bytes that begins with /";

/// `known` are the names for which something stands by now.
pub(super) fn check(
    step: &Step,
    values: &BTreeMap<String, Scalar>,
    known: &BTreeSet<&str>,
    writes: bool,
) -> Checked {
    if !is_word(&step.name) {
        return wrong("name", "at most 64 letters, digits, - and _");
    }
    if step.method == Method::Post && !writes {
        return wrong(
            "method",
            "a POST binds the bank as a customer's does, there being no shadow lane: say `writes = true` \
             on the probe if it is meant to, or GET",
        );
    }
    path(&step.path, values, known)?;
    match &step.body {
        Some(_) if step.method == Method::Get => return wrong("body", "only a POST has one"),
        Some(body) if !body.is_object() => return wrong("body", "a table"),
        Some(body) if body.to_string().len() > BODY => return wrong("body", "at most 16 kB as JSON"),
        Some(body) => texts("body", body, known)?,
        None => {}
    }
    captures(&step.capture)?;
    answers(&step.expect, known)
}

fn captures(capture: &BTreeMap<String, String>) -> Checked {
    if capture.len() > PLACES {
        return wrong("capture", format!("at most {PLACES}"));
    }
    for (name, pointer) in capture {
        if !is_name(name) {
            return wrong("capture", "a name is small letters, digits and _, a letter first");
        }
        if !is_pointer(pointer) {
            return wrong(format!("capture.{name}"), POINTS);
        }
    }
    Ok(())
}

fn answers(expect: &StepExpect, known: &BTreeSet<&str>) -> Checked {
    let statuses = expect.status.named();
    if statuses.len() > PLACES || !statuses.iter().all(|status| (100..600).contains(status)) {
        return wrong("expect.status", format!("at most {PLACES}, each of 100 to 599"));
    }
    if expect.json.len() > PLACES {
        return wrong("expect.json", format!("at most {PLACES}"));
    }
    for (pointer, wanted) in &expect.json {
        if !is_pointer(pointer) {
            return wrong("expect.json", POINTS);
        }
        let field = format!("expect.json.{pointer}");
        if !wanted.stands_for_a_name() && !matches!(wanted, Scalar::Truth(_)) {
            return wrong(field, format!("{TEXT}, or true or false"));
        }
        texts(&field, &wanted.to_json(), known)?;
    }
    Ok(())
}

fn path(path: &str, values: &BTreeMap<String, Scalar>, known: &BTreeSet<&str>) -> Checked {
    let form = "begins with /, at most 512 letters, digits and -._~/?=&,:@, without // and without . or .. \
                as a part; {name} for a value";
    // A % could spell a / or .. that nobody sees.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&,:@{}".contains(&byte);
    let (whole, _) = path.split_once('?').unwrap_or((path, ""));
    let parted = whole.split('/').all(|part| part != "." && part != "..");
    let formed = path.starts_with('/') && !path.contains("//") && parted;
    if !formed || path.len() > PATH || !path.bytes().all(allowed) {
        return wrong("path", form);
    }
    for name in names("path", path, known)? {
        let outside = |value: &Scalar| !fits_a_path(&value.to_text());
        if values.get(name).is_some_and(outside) {
            return wrong("path", format!("{{{name}}} {IN_A_PATH}"));
        }
    }
    Ok(())
}

/// Whether a value may stand in a path.
pub(crate) fn fits_a_path(value: &str) -> bool {
    !value.is_empty() && value != "." && !value.contains("..") && !value.contains(['/', '\\'])
}

/// All texts of a document.
fn texts(field: &str, body: &serde_json::Value, known: &BTreeSet<&str>) -> Checked {
    match body {
        serde_json::Value::String(text) => names(field, text, known).map(drop),
        serde_json::Value::Array(all) => all.iter().try_for_each(|each| texts(field, each, known)),
        serde_json::Value::Object(all) => all.values().try_for_each(|each| texts(field, each, known)),
        _ => Ok(()),
    }
}

/// Those in braces, for which something must stand.
fn names<'a>(field: &str, text: &'a str, known: &BTreeSet<&str>) -> Result<Vec<&'a str>, ConfigError> {
    let Some(parts) = parts(text) else {
        let wanted = "{ and } only around a name of small letters, digits and _";
        return Err(ConfigError::field(field, wanted));
    };
    let named = parts.into_iter().filter_map(|part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) => None,
    });
    let named: Vec<_> = named.collect();
    match named.iter().find(|name| !known.contains(**name)) {
        Some(name) => Err(ConfigError::field(
            field,
            format!("{{{name}}} is no name of `values` and none that an earlier step captures"),
        )),
        None => Ok(named),
    }
}

fn is_pointer(pointer: &str) -> bool {
    pointer.starts_with('/') && pointer.len() <= POINTER && !pointer.chars().any(char::is_control)
}

/// It stands in labels and headers.
pub(super) fn is_word(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.len() <= NAME && name.bytes().all(allowed)
}
