//! Figures of the business that rules watch: what was decided, shown and refused, and how book and payments stand.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;
use crate::path;

const DAY: i64 = 24 * 3600 * 1_000_000;

/// Waits until `/metrics` has the line.
async fn shows(app: &TestApp, line: &str) {
    let mut text = String::new();
    for _ in 0..200 {
        text = app.probe("/metrics").await.ok_text();
        if text.lines().any(|one| one == line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (family, _) = line.split_once(['{', ' ']).unwrap();
    let seen: Vec<&str> = text.lines().filter(|one| one.starts_with(family)).collect();
    panic!("{line} within 10 s; there is {seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_is_counted_once() {
    let app = TestApp::sqlite().await;
    shows(
        &app,
        r#"financing_decisions_total{by="rules",outcome="referred"} 0"#,
    )
    .await;
    let id = path::without_data(&app, 190).await;
    let (key, url) = (path::fresh_key(), format!("/v1/applications/{id}/pre-approval"));
    for _ in 0..3 {
        let decided = app.write_as("channel", &url, &key, &json!({})).await.ok();
        assert_eq!(decided.json["state"], "in_review");
    }
    shows(
        &app,
        r#"financing_decisions_total{by="rules",outcome="referred"} 1"#,
    )
    .await;
    path::approved(&app).await;
    shows(
        &app,
        r#"financing_decisions_total{by="rules",outcome="approved"} 1"#,
    )
    .await;
    shows(
        &app,
        r#"financing_decisions_total{by="officers",outcome="approved"} 1"#,
    )
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_in_the_clear_are_counted_by_role_and_purpose() {
    let app = TestApp::sqlite().await;
    let firm = app
        .write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created();
    let url = format!("/v1/firms/{}/reveal", firm.id());
    let ask =
        |purpose: &str| json!({ "fields": ["phone", "contact"], "purpose": purpose, "reference": "CMP-17" });
    app.write("officer1", &url, &ask("complaint")).await.ok();
    // Refused, so nothing was shown: the purpose is another role's.
    assert_eq!(
        app.write("officer1", &url, &ask("audit")).await.problem(),
        (403, "forbidden")
    );
    let shown = |role, purpose, values| {
        format!("financing_revealed_values_total{{purpose=\"{purpose}\",role=\"{role}\"}} {values}")
    };
    shows(&app, &shown("officer", "complaint", 2)).await;
    shows(&app, &shown("auditor", "audit", 0)).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_counted_by_kind_and_code() {
    let app = TestApp::sqlite().await;
    let counted = |code, kind, times| {
        format!("financing_http_problems_total{{code=\"{code}\",kind=\"{kind}\"}} {times}")
    };
    shows(&app, &counted("intake-closed", "intake", 0)).await;
    let firm = app
        .write("channel", "/v1/firms", &path::registration(&app, 1))
        .await
        .created();
    let nobody = "/v1/loans/lon_00000000000070008000000000000001";
    assert_eq!(app.read("channel", nobody).await.problem(), (404, "not-found"));
    app.write("operator", "/v1/intake/close", &json!({ "reason": "drill" }))
        .await
        .ok();
    let apply = path::application(&app, 1, &firm.id());
    let refused = app.write("channel", "/v1/applications", &apply).await;
    assert_eq!(refused.problem(), (503, "intake-closed"));
    shows(&app, &counted("not-found", "read", 1)).await;
    shows(&app, &counted("intake-closed", "intake", 1)).await;
    // A closed intake is no failure of existing business.
    shows(&app, &counted("intake-closed", "existing", 0)).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shed_is_counted_as_well() {
    let app = TestApp::builder()
        .limits(|limits| limits.in_flight_intake = 0)
        .start()
        .await;
    let nobody = "/v1/loans/lon_00000000000070008000000000000001";
    assert_eq!(app.read("channel", nobody).await.problem(), (503, "overloaded"));
    shows(
        &app,
        r#"financing_http_problems_total{code="overloaded",kind="read"} 1"#,
    )
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_book_stands_as_it_is_on_sqlite() {
    the_book_stands_as_it_is(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_book_stands_as_it_is_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        the_book_stands_as_it_is(app).await;
    }
}

async fn the_book_stands_as_it_is(app: TestApp) {
    let empty = lending::read::book(&app.inner.world).await.unwrap();
    assert_eq!((empty.overdue, empty.days_behind), (0.0, 0));
    assert!(empty.counts.iter().all(|(.., count)| *count == 0));
    let path = path::signed(&app).await;
    path::lent(&app, &path, 5_000_000).await;

    // Three days later the end of the first is three days behind.
    app.hand.advance_micros(3 * DAY);
    let book = lending::read::book(&app.inner.world).await.unwrap();
    assert_eq!((book.overdue, book.days_behind), (0.0, 3));
    assert!(book.counts.contains(&("current", "below_100k", 1)));
    app.change("UPDATE loans SET overdue_principal = principal / 4")
        .await;
    let book = lending::read::book(&app.inner.world).await.unwrap();
    assert!((book.overdue - 0.25).abs() < 1e-9, "{book:?}");
    assert!(book.counts.contains(&("overdue", "below_100k", 1)));
    assert!(book.counts.contains(&("current", "below_100k", 0)));

    // A new process looks at once.
    let app = app.restart().await;
    shows(&app, r#"financing_loans{band="below_100k",standing="overdue"} 1"#).await;
    shows(&app, "financing_overdue_principal_ratio 0.25").await;
    shows(&app, "financing_days_behind 3").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draws_that_wait_and_doubts_are_shown_on_sqlite() {
    draws_that_wait_and_doubts_are_shown(TestApp::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draws_that_wait_and_doubts_are_shown_on_postgres() {
    if let Some(app) = TestApp::postgres().await {
        draws_that_wait_and_doubts_are_shown(app).await;
    }
}

async fn draws_that_wait_and_doubts_are_shown(app: TestApp) {
    let path = path::signed(&app).await;
    shows(&app, r#"financing_payments_oldest_seconds{state="sent"} 0"#).await;
    app.fail("core").await;
    let draw = app
        .write(
            "channel",
            &format!("/v1/contracts/{}/draws", path.contract),
            &json!({ "amount": 1_000_000 }),
        )
        .await;
    assert_eq!(draw.status, 202, "{draw:?}");
    for _ in 0..200 {
        if app
            .number("SELECT COUNT(*) FROM draws WHERE state = 'sent'")
            .await
            == 1
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app.hand.advance_micros(90 * 1_000_000);
    shows(&app, r#"financing_payments_oldest_seconds{state="sent"} 90"#).await;
    shows(&app, r#"financing_payments_oldest_seconds{state="requested"} 0"#).await;
    // The outbox leaves it alone from here on.
    app.change("UPDATE outbox SET next_at = next_at + 3600000000 WHERE kind = 'payment'")
        .await;
    app.change("UPDATE draws SET state = 'requested', created_at = sent_at - 5000000, sent_at = NULL")
        .await;
    shows(&app, r#"financing_payments_oldest_seconds{state="requested"} 95"#).await;

    shows(&app, "financing_payment_doubts_open 0").await;
    app.change(
        "INSERT INTO intake_doubts (id, epoch, pid, application, role, open_ms, at) \
         VALUES ('7-8', 2, 8, 'psql', 'teller', 1200, 7)",
    )
    .await;
    shows(&app, "financing_payment_doubts_open 1").await;
    app.change(
        "UPDATE intake_doubts SET finding = 'moved', reason = 'r', reason_salt = 's', settled_by = 'ann', settled_at = 9",
    )
    .await;
    shows(&app, "financing_payment_doubts_open 0").await;
    app.stop().await;
}
