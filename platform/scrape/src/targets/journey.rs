//! Looks at the tables of a journey. No error quotes a value: it may be of a customer.
//!
//! [`step`] looks at one of its steps.

mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::template::is_name;
use super::{ConfigError, Probe, ProbeKind, Scalar, address};
pub(crate) use step::fits_a_path;
use step::{TEXT, is_word};

/// A longer way is a load test.
const STEPS: usize = 20;
/// Values that stand for names.
const VALUES: usize = 64;
/// Longest file of them, in bytes.
const FILE: u64 = 64 << 10;

type Checked = Result<(), ConfigError>;

fn wrong(field: impl Into<String>, wanted: impl Into<String>) -> Checked {
    Err(ConfigError::field(field, wanted))
}

/// Of every probe. Reads the file of values, so that a name that nothing stands for is found before a start.
pub(super) fn settle(probe: &mut Probe, folder: &Path) -> Checked {
    if probe.kind != ProbeKind::Journey {
        return others(probe);
    }
    if !is_word(&probe.job) {
        return wrong("job", "of a journey: at most 64 letters, digits, - and _");
    }
    if !probe.expect.status.is_empty() || probe.expect.text.is_some() {
        return wrong("expect", "each step of a journey has its own");
    }
    if probe.labels.contains_key("step") {
        return wrong("labels.step", "another name: this one is each step's");
    }
    for (at, target) in probe.targets.iter().enumerate() {
        let bare = address::url(target).is_ok_and(|url| url.query().is_none() && url.fragment().is_none());
        if !bare {
            return wrong(
                format!("targets[{at}]"),
                "a URL of http or https without a query, before the path of each step",
            );
        }
    }
    if let Some(path) = &mut probe.bearer_token_file {
        *path = folder.join(&*path);
    }
    read(probe, folder)?;
    if probe.values.len() > VALUES {
        return wrong("values", format!("at most {VALUES}"));
    }
    for (name, value) in &probe.values {
        if !is_name(name) {
            return wrong("values", "a name is small letters, digits and _, a letter first");
        }
        if !value.stands_for_a_name() {
            return wrong(format!("values.{name}"), TEXT);
        }
    }
    if probe.steps.is_empty() || probe.steps.len() > STEPS {
        return wrong("steps", format!("1 to {STEPS} of them"));
    }
    let mut known: BTreeSet<&str> = probe.values.keys().map(String::as_str).collect();
    let mut names = BTreeSet::new();
    for (at, step) in probe.steps.iter().enumerate() {
        let under = |error: ConfigError| error.under(&format!("steps[{at}]"));
        if !names.insert(&step.name) {
            return wrong("name", "another one than an earlier step's").map_err(under);
        }
        step::check(step, &probe.values, &known, probe.writes).map_err(under)?;
        for name in step.capture.keys() {
            if !known.insert(name) {
                let field = format!("capture.{name}");
                return wrong(field, "a name that no value and no earlier step has").map_err(under);
            }
        }
    }
    Ok(())
}

/// What only a journey has.
fn others(probe: &Probe) -> Checked {
    let given = [
        ("steps", !probe.steps.is_empty()),
        ("values", !probe.values.is_empty()),
        ("values_file", probe.values_file.is_some()),
        ("writes", probe.writes),
        ("bearer_token_file", probe.bearer_token_file.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((field, _)) => wrong(field, "only a probe of kind journey has it"),
        None => Ok(()),
    }
}

/// Adds the values of the file to those that are given.
fn read(probe: &mut Probe, folder: &Path) -> Checked {
    let Some(path) = probe.values_file.take() else {
        return Ok(());
    };
    let path = folder.join(path);
    let short = fs::metadata(&path).is_ok_and(|file| file.len() <= FILE);
    let text = short.then(|| fs::read(&path).ok()).flatten();
    // Its error would quote the file.
    let read = text.and_then(|text| serde_json::from_slice::<BTreeMap<String, Scalar>>(&text).ok());
    let Some(read) = read else {
        return wrong(
            "values_file",
            "a file of at most 64 kB that can be read, with one JSON object of names and values",
        );
    };
    for (name, value) in read {
        if probe.values.contains_key(&name) {
            return wrong(
                format!("values.{name}"),
                "stands in values_file, too: say it once",
            );
        }
        probe.values.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
