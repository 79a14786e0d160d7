//! Bodies, heads, time and numbers are bounded, and who exceeds a bound is told which.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::TestApp;
use crate::path;

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let app = TestApp::sqlite().await;
    for padding in [70_000, 500_000] {
        let mut body = path::registration(&app, 1);
        body["name"] = "x".repeat(padding).into();
        let refused = app.write("channel", "/v1/firms", &body).await;
        assert_eq!(refused.problem(), (413, "body-too-large"), "{padding}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_without_a_length_is_bounded_too() {
    let app = TestApp::sqlite().await;
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let sent = format!(
        "{}transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        head(&app),
        chunk.repeat(9)
    );
    let answer = exchange(&app, sent.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    app.stop().await;
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let app = TestApp::sqlite().await;
    let refused = app
        .request("POST", "/v1/firms")
        .bearer(app.token("channel"))
        .header("idempotency-key", "form")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("a=b")
        .send()
        .await;
    assert_eq!(refused.problem(), (415, "unsupported-media-type"));
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.body_time = Duration::from_millis(200))
        .start()
        .await;
    let sent = format!("{}content-length: 100\r\n\r\n{{", head(&app));
    let answer = exchange(&app, sent.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("body-timeout"), "{answer}");
    app.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.head_time = Duration::from_millis(200))
        .start()
        .await;
    let begun = tokio::time::Instant::now();
    exchange(&app, b"GET /livez HTTP/1.1\r\nhost: x\r\n").await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "the connection was closed"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_head_beyond_the_bound_is_refused() {
    let app = TestApp::sqlite().await;
    let large = format!("GET /livez HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    assert!(exchange(&app, large.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(101));
    assert!(exchange(&app, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    app.stop().await;
}

#[tokio::test]
async fn beyond_the_bound_of_requests_in_flight_new_ones_are_shed() {
    let app = TestApp::builder()
        .limits(|limits| (limits.in_flight, limits.in_flight_intake) = (1, 1))
        .start()
        .await;
    // One request that never sends its body holds the only place.
    let mut held = TcpStream::connect(app.address).await.unwrap();
    let sent = format!("{}content-length: 100\r\n\r\n", head(&app));
    held.write_all(sent.as_bytes()).await.unwrap();
    let shed = loop {
        let answer = app
            .read("auditor", "/v1/firms/frm_01900000000070008000000000000000")
            .await;
        if answer.status == 503 {
            break answer;
        }
    };
    assert_eq!(shed.problem(), (503, "overloaded"));
    assert_eq!(shed.headers["retry-after"], "1");
    // The switch and the probes are never shed.
    app.read("operator", "/v1/intake").await.ok();
    app.read("operator", "/livez").await.ok_text();
    drop(held);
    app.stop().await;
}

/// The head of a write, but for what says how its body comes.
fn head(app: &TestApp) -> String {
    format!(
        "POST /v1/firms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         idempotency-key: slow\r\ncontent-type: application/json\r\n",
        app.token("channel")
    )
}

/// Sends bytes as they are and reads until the service closes or pauses.
async fn exchange(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(read)) = tokio::time::timeout(Duration::from_secs(3), stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        if read == 0 || text.ends_with('}') {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
