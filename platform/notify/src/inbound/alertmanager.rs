//! Alertmanager's webhook, version 4: an existing Prometheus hands its alerts in over the Alertmanager beside it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json;
use crate::error::NotifyError;
use crate::micros::parse_rfc3339;
use crate::notice::Notice;

/// Longest body: some thousand alerts with long annotations.
const BODY: usize = 4 * 1024 * 1024;
/// Most alerts in one body; Alertmanager's `max_alerts` bounds them there.
const ALERTS: usize = 5000;

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The alerts in it.
    pub notices: Vec<Notice>,
    /// How many Alertmanager left out: they are not known here until it sends them.
    pub truncated: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    version: String,
    alerts: Vec<Alert>,
    #[serde(default)]
    truncated_alerts: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    status: String,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    starts_at: String,
    #[serde(default)]
    ends_at: Option<String>,
    #[serde(default, rename = "generatorURL")]
    generator_url: String,
}

/// Reads a body.
///
/// # Errors
/// [`NotifyError::Invalid`] with the field and the mend.
pub fn parse(body: &[u8], now: i64) -> Result<Webhook, NotifyError> {
    let body: Body = json(body, BODY)?;
    if body.version != "4" {
        return Err(NotifyError::invalid(
            "version",
            "\"4\", as Alertmanager has sent since 0.4",
        ));
    }
    if body.alerts.len() > ALERTS {
        let mend = format!("at most {ALERTS} alerts: set max_alerts at Alertmanager's webhook");
        return Err(NotifyError::invalid("alerts", mend));
    }
    let notices = body
        .alerts
        .into_iter()
        .enumerate()
        .map(|(i, alert)| notice(i, alert, now));
    Ok(Webhook {
        notices: notices.collect::<Result<_, _>>()?,
        truncated: body.truncated_alerts,
    })
}

fn notice(i: usize, alert: Alert, now: i64) -> Result<Notice, NotifyError> {
    let time = |field: &str, text: &str| {
        parse_rfc3339(text)
            .map_err(|_| NotifyError::invalid(format!("alerts[{i}].{field}"), "a time in RFC 3339"))
    };
    let ends_at = match &alert.ends_at {
        Some(text) => time("endsAt", text)?,
        None => None,
    };
    let ends_at = match alert.status.as_str() {
        // An end to come is Alertmanager's guess; it says so itself when the alert is over.
        "firing" => None,
        "resolved" => Some(ends_at.unwrap_or(now).min(now)),
        _ => {
            return Err(NotifyError::invalid(
                format!("alerts[{i}].status"),
                "firing or resolved",
            ));
        }
    };
    let starts_at = time("startsAt", &alert.starts_at)?.ok_or_else(|| {
        NotifyError::invalid(format!("alerts[{i}].startsAt"), "the time since when it fires")
    })?;
    Ok(Notice {
        labels: alert.labels,
        annotations: alert.annotations,
        starts_at,
        ends_at,
        generator: alert.generator_url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"receiver":"r","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"A"},
        "annotations":{},"startsAt":"2026-11-27T01:00:00.5Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/",
        "fingerprint":"x"},{"status":"resolved","labels":{"alertname":"B"},"annotations":{},
        "startsAt":"2026-11-27T01:00:00Z","endsAt":"2026-11-27T02:00:00Z","generatorURL":"","fingerprint":"y"}],
        "groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"","version":"4","groupKey":"{}:{}",
        "truncatedAlerts":3}"#;

    #[test]
    fn a_body_becomes_notices() {
        let read = parse(BODY.as_bytes(), i64::MAX).unwrap();
        assert_eq!((read.truncated, read.notices.len()), (3, 2));
        assert_eq!(read.notices[0].ends_at, None);
        assert_eq!(read.notices[0].starts_at % 1_000_000, 500_000);
        assert_eq!(
            read.notices[1].ends_at,
            parse_rfc3339("2026-11-27T02:00:00Z").unwrap()
        );
        assert_eq!(
            parse(BODY.as_bytes(), 5).unwrap().notices[1].ends_at,
            Some(5),
            "no end in the future"
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        let field = |body: &str| match parse(body.as_bytes(), 0) {
            Err(NotifyError::Invalid { field, mend }) => {
                assert!(!mend.contains("13800000000"), "{mend}");
                field
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(
            field(&BODY.replace(r#""version":"4""#, r#""version":"5""#)),
            "version"
        );
        assert_eq!(
            field(&BODY.replace(r#""status":"resolved""#, r#""status":"13800000000""#)),
            "alerts[1].status"
        );
        assert_eq!(
            field(&BODY.replace("2026-11-27T01:00:00.5Z", "13800000000")),
            "alerts[0].startsAt"
        );
        assert_eq!(
            field(&BODY.replace(r#"{"alertname":"A"}"#, r#"{"alertname":13800000000}"#)),
            "alerts[0].labels.alertname"
        );
        assert_eq!(field(&"x".repeat(5 * 1024 * 1024)), "body");
        field("{");
    }
}
