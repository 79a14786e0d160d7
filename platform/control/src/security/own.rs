//! The form of this interface: `{source, events: [{kind, severity, count, at}]}`.

use serde::Deserialize;

use super::{EVENTS, Seen, Severity, Source, too_many};
use crate::{Refusal, names};

/// What one event may count for.
const COUNT: u32 = 1_000_000;
/// How old an event may be, and how far ahead clocks may be. Microseconds.
const OLD: i64 = 86_400_000_000;
const AHEAD: i64 = 300_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    source: Source,
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    kind: String,
    severity: Severity,
    count: u32,
    at: i64,
}

/// What it says.
///
/// # Errors
/// `invalid-field`; nothing that was sent is repeated.
pub(super) fn seen(report: Report, now: i64) -> Result<Vec<Seen>, Refusal> {
    if report.events.len() > EVENTS {
        return Err(too_many());
    }
    let one = |event: Event| {
        names::name("kind", &event.kind)?;
        if !(1..=COUNT).contains(&event.count) {
            return Err(Refusal::field("count", "1 to 1,000,000"));
        }
        if event.at < now.saturating_sub(OLD) || event.at > now.saturating_add(AHEAD) {
            return Err(Refusal::field(
                "at",
                "microseconds since 1970, within the last day and not ahead",
            ));
        }
        Ok(Seen {
            source: report.source,
            kind: event.kind,
            severity: event.severity,
            count: event.count,
        })
    };
    report.events.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    fn seen(text: &str) -> Vec<(Source, String, Severity, u32)> {
        let all = read(text.as_bytes(), NOW).unwrap();
        all.into_iter()
            .map(|one| (one.source, one.kind, one.severity, one.count))
            .collect()
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        let event = |kind: &str, count: i64, at: i64| {
            format!(
                r#"{{"source":"waf","events":[{{"kind":"{kind}","severity":"high","count":{count},"at":{at}}}]}}"#
            )
        };
        assert_eq!(
            seen(&event("sqli", 7, NOW)),
            [(Source::Waf, "sqli".to_owned(), Severity::High, 7)]
        );
        let many = format!(
            r#"{{"source":"ids","events":[{}]}}"#,
            vec![format!(r#"{{"kind":"a","severity":"low","count":1,"at":{NOW}}}"#); 1_001].join(",")
        );
        for (text, field) in [
            (event("张三 13800000000", 1, NOW), Some("kind")),
            (event("sqli", 0, NOW), Some("count")),
            (event("sqli", 1, NOW - 2 * OLD), Some("at")),
            (event("sqli", 1, NOW + OLD), Some("at")),
            (many, Some("events")),
            (event("sqli", 1, NOW).replace("high", "13800000000"), None),
            (event("sqli", 1, NOW).replace("waf", "13800000000"), None),
            ("13800000000".to_owned(), None),
            ("{".to_owned(), None),
        ] {
            let refused = read(text.as_bytes(), NOW).unwrap_err();
            let problem = refused.problem();
            assert!([400, 422].contains(&problem.status), "{problem:?}");
            if field.is_some() {
                assert_eq!(problem.field.as_deref(), field);
            }
            let said = format!("{problem:?}");
            assert!(!said.contains("138000") && !said.contains('张'), "{said}");
        }
    }
}
