//! What machines ask of the process.

use crate::app::TestApp;
use crate::path;

#[tokio::test]
async fn a_healthy_service_is_alive_and_ready() {
    let app = TestApp::sqlite().await;
    assert_eq!(app.probe("/livez").await.ok_text(), "alive\n");
    let ready = app.probe("/readyz").await.ok();
    assert_eq!(
        ready.text,
        r#"{"ready":true,"database":true,"gate":true,"draining":false}"#
    );
    app.stop().await;
}

#[tokio::test]
async fn the_figures_show_the_business() {
    let app = TestApp::sqlite().await;
    path::pre_approved(&app).await;
    let text = app.figures_after_a_sample().await;
    for line in [
        r#"financing_http_requests_total{kind="existing",method="POST",outcome="2xx",route="/v1/firms"}"#,
        r#"financing_http_request_duration_seconds_count{kind="read",method="GET",route="/v1/loans/{id}"} 0"#,
        r#"financing_intake_state{state="open"} 1"#,
        r#"financing_intake_state{state="closed"} 0"#,
        "financing_intake_epoch ",
        "financing_outbox_pending ",
        "financing_database_weak_settings 0",
        "financing_outbox_dead 0",
        "financing_vault_fresh 1",
        "financing_outbox_oldest_seconds ",
        "financing_build_info{version=",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("NaN"), "every figure was sampled:\n{text}");
    app.stop().await;
}

#[tokio::test]
async fn the_figures_name_no_customer() {
    let app = TestApp::sqlite().await;
    let path = path::pre_approved(&app).await;
    let text = app.probe("/metrics").await.ok_text();
    let firm = app.population.firm(1);
    for secret in [
        &firm.credit_code,
        &firm.name,
        &firm.phone,
        &path.firm,
        &path.application,
    ] {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
    app.stop().await;
}
