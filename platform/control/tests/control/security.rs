//! What firewalls saw is counted, and nothing of it is kept.

use serde_json::{Value, json};

use crate::answers::send;
use crate::plane::Plane;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_counted_by_kind_and_severity_and_leave_no_leaf() {
    let plane = Plane::start().await;
    let now = base::clock::Clock::system().now_micros();
    let own = json!({ "source": "waf", "events": [
        { "kind": "sqli", "severity": "high", "count": 3, "at": now },
        { "kind": "xss", "severity": "low", "count": 1, "at": now - 60_000_000 },
    ] });
    let eve = json!([{
        "event_type": "alert", "src_ip": "203.0.113.9", "http": { "url": "/?mobile=13800000000" },
        "alert": { "severity": 1, "category": "Web Application Attack", "signature": "张三" },
    }]);
    let audit = json!({ "transaction": { "messages": [
        { "details": { "severity": "2", "tags": ["attack-rce"] } },
    ] } });
    for (body, counted) in [(&own, 4), (&own, 4), (&eve, 1), (&audit, 1)] {
        let (status, said) = send(&plane, "security-events", body).await;
        assert_eq!(
            (status.as_u16(), &said["counted"]),
            (200, &json!(counted)),
            "{said}"
        );
    }
    for (wrong, field) in [
        (
            json!({ "source": "waf", "events": [{ "kind": "张三", "severity": "low", "count": 1, "at": now }] }),
            json!("kind"),
        ),
        (
            json!({ "source": "waf", "events": [{ "kind": "a", "severity": "low", "count": 0, "at": now }] }),
            json!("count"),
        ),
        (json!({ "source": "waf" }), Value::Null),
    ] {
        let (status, said) = send(&plane, "security-events", &wrong).await;
        assert_eq!(status, 400, "{said}");
        if !field.is_null() {
            assert_eq!(said["field"], field);
        }
    }
    let shown = reqwest::get(format!("{}/metrics", plane.url)).await.unwrap();
    let shown = shown.text().await.unwrap();
    for line in [
        r#"backstop_security_events_total{kind="sqli",severity="high",source="waf"} 6"#,
        r#"backstop_security_events_total{kind="xss",severity="low",source="waf"} 2"#,
        r#"backstop_security_events_total{kind="web-application-attack",severity="high",source="ids"} 1"#,
        r#"backstop_security_events_total{kind="rce",severity="critical",source="waf"} 1"#,
        r#"backstop_security_severities_total{severity="high",source="waf"} 6"#,
        r#"backstop_security_severities_total{severity="critical",source="ids"} 0"#,
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    for hidden in ["203.0.113.9", "13800000000", "张三"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
    let leaves = plane
        .db
        .one("SELECT COUNT(*) FROM evidence_leaves", &[])
        .await
        .unwrap();
    assert_eq!(leaves.unwrap().int(0).unwrap(), 0);
    plane.stop().await;
}
