//! A stopping service finishes what it began and takes nothing new.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::TestApp;
use crate::path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_answered_and_no_new_one_accepted() {
    let app = TestApp::sqlite().await;
    let body = path::registration(&app, 1).to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /v1/firms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nidempotency-key: drain\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
        app.token("channel"),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;

    app.shutdown.trigger();
    while TcpStream::connect(app.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert!(app.stop().await.drained, "in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_goes_down_before_the_door_closes() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.notice_time = Duration::from_millis(700))
        .start()
        .await;
    app.shutdown.trigger();
    let down = app.probe("/readyz").await;
    assert_eq!(down.status, 503);
    assert_eq!(down.json["draining"], true);
    assert!(app.stop().await.drained);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_ends_does_not_hold_the_process() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.drain_time = Duration::from_millis(300))
        .start()
        .await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /v1/firms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nidempotency-key: drain\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n",
        app.token("channel"),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!app.stop().await.drained, "given up after its time");
}
