//! What a web application firewall or an intrusion detection saw: counted, and nothing else of it kept. [`read`] takes the
//! form of this interface, Suricata's EVE and `ModSecurity`'s audit log; of the latter two only what kind and how severe.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base::problem::Code;
use prometheus::{IntCounterVec, Opts, Registry};
use serde::Deserialize;
use serde_json::Value;
use web::{Failure, body};

use crate::{Refusal, names};

/// Events in one body, and what one event may count for: a firewall that sees more sums up.
const EVENTS: usize = 1_000;
const COUNT: u32 = 1_000_000;
/// Kinds of each source that are counted apart, so that nobody fills the memory with words; further ones are `other`.
const KINDS: usize = 64;
/// Who says nothing of the kind, or in words that are none.
const OTHER: &str = "other";
/// How old an event may be, and how far ahead clocks may be. Microseconds.
const OLD: i64 = 86_400_000_000;
const AHEAD: i64 = 300_000_000;

/// Who saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Waf,
    Ids,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waf => "waf",
            Self::Ids => "ids",
        }
    }
}

/// How severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One line of what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    source: Source,
    kind: String,
    severity: Severity,
    count: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
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

/// Reads a body: `{source, events: [{kind, severity, count, at}]}`, or one object or a list of objects of EVE or of
/// `ModSecurity`. `now` is in microseconds since 1970.
///
/// # Errors
/// `invalid-body`, `invalid-field`; nothing that was sent is repeated.
pub fn read(bytes: &[u8], now: i64) -> Result<Vec<Seen>, Failure> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Failure::of(Code::InvalidBody))?;
    match value {
        Value::Array(all) if all.len() <= EVENTS => Ok(all.iter().flat_map(foreign).collect()),
        Value::Array(_) => Err(too_many().into()),
        object if object.get("event_type").is_some() || object.get("transaction").is_some() => {
            Ok(foreign(&object))
        }
        _ => Ok(own(body::parse(bytes)?, now)?),
    }
}

fn too_many() -> Refusal {
    Refusal::field("events", "at most 1,000 in one body")
}

fn own(report: Report, now: i64) -> Result<Vec<Seen>, Refusal> {
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

/// What an object of EVE or `ModSecurity` counts for; nothing, if it is no alert.
fn foreign(object: &Value) -> Vec<Seen> {
    if object["event_type"] == "alert" {
        return vec![eve(&object["alert"])];
    }
    let messages = object["transaction"]["messages"].as_array();
    messages
        .map(|all| all.iter().take(EVENTS).map(rule).collect())
        .unwrap_or_default()
}

/// Suricata has 1 for the most severe, and a category out of its classification.
fn eve(alert: &Value) -> Seen {
    let severity = match alert["severity"].as_u64() {
        Some(0 | 1) => Severity::High,
        Some(2) => Severity::Medium,
        _ => Severity::Low,
    };
    Seen {
        source: Source::Ids,
        kind: kind(alert["category"].as_str()),
        severity,
        count: 1,
    }
}

/// A rule of `ModSecurity` that matched: its severity is syslog's, its kind the tag `attack-…` of the core rule set.
fn rule(message: &Value) -> Seen {
    let details = &message["details"];
    let severity = details["severity"]
        .as_u64()
        .or_else(|| details["severity"].as_str()?.parse().ok());
    let severity = match severity {
        Some(0..=2) => Severity::Critical,
        Some(3) => Severity::High,
        Some(4) => Severity::Medium,
        _ => Severity::Low,
    };
    let tags = details["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let attack = tags.iter().find_map(|tag| tag.as_str()?.strip_prefix("attack-"));
    Seen {
        source: Source::Waf,
        kind: kind(attack),
        severity,
        count: 1,
    }
}

fn kind(text: Option<&str>) -> String {
    text.and_then(names::word).unwrap_or_else(|| OTHER.to_owned())
}

/// The counters, with a bounded number of label sets.
pub struct SecurityMeters {
    events: IntCounterVec,
    /// Without the kind, and there from the first: of what begins with its first event nobody knows an increase.
    severities: IntCounterVec,
    known: Mutex<BTreeSet<(Source, String)>>,
}

impl SecurityMeters {
    /// Registers them.
    ///
    /// # Errors
    /// When another meter has the name of one, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let about = "Events that a web application firewall or an intrusion detection told of.";
        let events = IntCounterVec::new(
            Opts::new("backstop_security_events_total", about),
            &["source", "kind", "severity"],
        )?;
        registry.register(Box::new(events.clone()))?;
        let about = "The same events by severity alone, from zero on.";
        let severities = IntCounterVec::new(
            Opts::new("backstop_security_severities_total", about),
            &["source", "severity"],
        )?;
        for source in [Source::Waf, Source::Ids] {
            for severity in [
                Severity::Low,
                Severity::Medium,
                Severity::High,
                Severity::Critical,
            ] {
                severities
                    .with_label_values(&[source.as_str(), severity.as_str()])
                    .inc_by(0);
            }
        }
        registry.register(Box::new(severities.clone()))?;
        Ok(Self {
            events,
            severities,
            known: Mutex::new(BTreeSet::new()),
        })
    }

    /// Counts; answers how many there were.
    pub fn count(&self, seen: &[Seen]) -> u64 {
        let mut all = 0;
        for one in seen {
            let kind = self.apart(one.source, &one.kind);
            let (source, severity) = (one.source.as_str(), one.severity.as_str());
            self.events
                .with_label_values(&[source, kind, severity])
                .inc_by(one.count.into());
            self.severities
                .with_label_values(&[source, severity])
                .inc_by(one.count.into());
            all += u64::from(one.count);
        }
        all
    }

    /// The kind under which it is counted.
    fn apart<'a>(&self, source: Source, kind: &'a str) -> &'a str {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (source, kind.to_owned());
        if known.contains(&key) {
            return kind;
        }
        if known.iter().filter(|(of, _)| *of == source).count() >= KINDS {
            return OTHER;
        }
        known.insert(key);
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    fn seen(text: &str) -> Vec<(Source, String, Severity, u32)> {
        let all = read(text.as_bytes(), NOW).unwrap();
        all.into_iter()
            .map(|one| (one.source, one.kind, one.severity, one.count))
            .collect()
    }

    #[test]
    fn of_what_suricata_says_kind_and_severity_are_taken() {
        let alert = r#"{"timestamp":"2026-11-27T01:00:00.0+0800","event_type":"alert","src_ip":"10.0.0.1",
            "payload_printable":"name=%E5%BC%A0&mobile=13800000000",
            "alert":{"signature":"ET 13800000000","category":"Attempted Administrator Privilege Gain","severity":1}}"#;
        let kind = "attempted-administrator-privilege-gain".to_owned();
        assert_eq!(seen(alert), [(Source::Ids, kind.clone(), Severity::High, 1)]);
        let flow = r#"{"event_type":"flow","src_ip":"10.0.0.1"}"#;
        assert_eq!(seen(flow), []);
        assert_eq!(seen(&format!("[{alert},{flow},{alert}]")).len(), 2);
        for strange in [r#""13800000000""#, r#""张三""#, "7", "null", r#""""#] {
            let text = format!(r#"{{"event_type":"alert","alert":{{"category":{strange},"severity":3}}}}"#);
            assert_eq!(
                seen(&text),
                [(Source::Ids, "other".to_owned(), Severity::Low, 1)],
                "{strange}"
            );
        }
    }

    #[test]
    fn of_what_modsecurity_says_each_rule_counts_by_its_attack() {
        let audit = r#"{"transaction":{"client_ip":"10.0.0.1","request":{"uri":"/?id=13800000000"},"messages":[
            {"message":"SQL Injection","details":{"severity":"2","tags":["application-multi","attack-sqli"]}},
            {"message":"x","details":{"severity":4,"tags":["attack-张三"]}},{"message":"y"}]}}"#;
        assert_eq!(
            seen(audit),
            [
                (Source::Waf, "sqli".to_owned(), Severity::Critical, 1),
                (Source::Waf, "other".to_owned(), Severity::Medium, 1),
                (Source::Waf, "other".to_owned(), Severity::Low, 1)
            ]
        );
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

    #[test]
    fn words_that_go_on_and_on_are_counted_as_one() {
        let meters = SecurityMeters::new(&Registry::new()).unwrap();
        for source in [Source::Waf, Source::Ids] {
            for i in 0..500 {
                let one = Seen {
                    source,
                    kind: format!("kind-{i}"),
                    severity: Severity::Low,
                    count: 2,
                };
                assert_eq!(meters.count(&[one.clone(), one]), 4);
            }
        }
        let all = prometheus::core::Collector::collect(&meters.events);
        assert_eq!(all[0].get_metric().len(), 2 * (KINDS + 1));
        let sum: f64 = all[0]
            .get_metric()
            .iter()
            .map(|one| one.get_counter().get_value())
            .sum();
        assert!((sum - 4_000.0).abs() < 0.5, "{sum}");
    }
}
