//! Attributes with values of a kind: truths, times, numbers of people.

use crate::attributes::Attributes;
use crate::problem::Report;
use crate::span;

/// `true`, `false`, or what it is without being said.
pub(crate) fn truth(attributes: &Attributes, name: &str, default: bool, report: &mut Report) -> bool {
    match attributes.get(name).map(|one| (one.value_at, one.value.as_str())) {
        None => default,
        Some((_, "true")) => true,
        Some((_, "false")) => false,
        Some((place, _)) => {
            report.at(place, format!("{name} is true or false"), "write one of them");
            default
        }
    }
}

/// Seconds within bounds, or what they are without being said.
pub(crate) fn seconds(
    attributes: &Attributes,
    name: &str,
    (default, least, most): (Option<u32>, u32, u32),
    report: &mut Report,
) -> Option<u32> {
    let mend = format!(
        "as in {name}=10m, from {} to {}",
        span::written(least),
        span::written(most)
    );
    let Some(one) = attributes.get(name) else {
        if default.is_none() {
            report.at(attributes.place, format!("{name:?} is missing"), mend);
        }
        return default;
    };
    let seconds = span::seconds(&one.value).filter(|seconds| (least..=most).contains(seconds));
    if seconds.is_none() {
        report.at(one.value_at, format!("{name} is no such time"), mend);
    }
    seconds
}

/// How many people.
pub(crate) fn people(attributes: &Attributes, report: &mut Report) -> Option<u32> {
    let one = attributes.must("people", "how many besides whoever runs it: people=1", report)?;
    let people = one.value.parse().ok().filter(|people| (1..=5).contains(people));
    if people.is_none() {
        report.at(one.value_at, "people is no number of 1 to 5", "write one");
    }
    people
}
