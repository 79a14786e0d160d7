//! Suricata's EVE and `ModSecurity`'s audit log: of each alert only what kind it is and how severe.

use serde_json::Value;

use super::{EVENTS, Seen, Severity, Source};
use crate::names;

/// Who says nothing of the kind, or in words that are none.
pub(super) const OTHER: &str = "other";

/// What an object of EVE or `ModSecurity` counts for; nothing, if it is no alert.
pub(super) fn seen(object: &Value) -> Vec<Seen> {
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
}
