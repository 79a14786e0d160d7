//! The client says how much is known about an outcome, and no more.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

use std::time::Duration;

use client::http::{CallError, Client, Request};
use client::loans::{Repay, Repayment};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const BOOKED: &str = r#"{"id":"rep_1","state":"booked","amount":5,"principal":5,"interest":0,"penalty":0,"loan_state":"active"}"#;

/// Answers each connection's first request with the given bytes, then closes
/// it; gives the address and, through the channel, what it received.
async fn server(answer: String) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (seen, received) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut buffer = [0_u8; 4096];
            // The bodies of these tests end with a closing brace, a read with an empty line.
            while !request.ends_with(b"}") && !request.ends_with(b"\r\n\r\n") {
                let read = socket.read(&mut buffer).await.unwrap();
                if read == 0 {
                    break;
                }
                request.extend_from_slice(&buffer[..read]);
            }
            seen.send(String::from_utf8(request).unwrap()).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, received)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn repay() -> Request<Repayment> {
    Request::<Repayment>::repay("key-1", "lon_1", &Repay { amount: 5 })
}

#[tokio::test]
async fn a_yes_carries_the_answer_and_whether_it_was_repeated() {
    let (url, mut seen) = server(answer("201 Created", "idempotency-replayed: true\r\n", BOOKED)).await;
    let client = Client::new(&url, "secret").unwrap();
    let reply = client
        .repay("key-1", "lon_1", &Repay { amount: 5 })
        .await
        .unwrap();
    assert_eq!((reply.status, reply.replayed, reply.body.amount), (201, true, 5));
    let request = seen.recv().await.unwrap();
    assert!(
        request.starts_with("POST /v1/loans/lon_1/repayments HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("idempotency-key: key-1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer secret\r\n"), "{request}");
    assert!(
        !request.to_ascii_lowercase().contains("accept-encoding"),
        "{request}"
    );
    assert!(request.ends_with(std::str::from_utf8(repay().body()).unwrap()));
}

#[tokio::test]
async fn a_problem_is_a_refusal_in_the_services_own_words() {
    let problem = r#"{"type":"urn:backstop:problem:intake-closed","code":"intake-closed","title":"t","title_zh":"t","status":503}"#;
    let (url, _seen) = server(answer("503 Service Unavailable", "retry-after: 60\r\n", problem)).await;
    let error = Client::new(&url, "secret")
        .unwrap()
        .send(&repay())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("intake-closed"));
    assert!(!error.is_ambiguous());
    assert_eq!(error.to_string(), "refused with 503 intake-closed");
    let CallError::Refused { retry_after, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn a_gateways_page_is_a_failure_and_leaves_the_outcome_open() {
    let (url, _seen) = server(answer("502 Bad Gateway", "", "<html>")).await;
    let error = Client::new(&url, "").unwrap().send(&repay()).await.unwrap_err();
    assert!(matches!(error, CallError::Failed { status: 502 }));
    assert!(error.is_ambiguous());
}

#[tokio::test]
async fn no_answer_leaves_the_outcome_open() {
    for cut in [
        String::new(),
        "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"id\"".to_owned(),
    ] {
        let (url, _seen) = server(cut).await;
        let error = Client::new(&url, "").unwrap().send(&repay()).await.unwrap_err();
        assert!(matches!(error, CallError::Ambiguous { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_yes_that_cannot_be_read_leaves_the_outcome_open() {
    let (url, _seen) = server(answer("201 Created", "", "[]")).await;
    let error = Client::new(&url, "").unwrap().send(&repay()).await.unwrap_err();
    assert!(matches!(error, CallError::Ambiguous { .. }), "{error}");
}

#[tokio::test]
async fn a_silent_server_leaves_the_outcome_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::with_timeout(&url, "", Duration::from_millis(100)).unwrap();
    let error = client.send(&repay()).await.unwrap_err();
    assert!(matches!(error, CallError::Ambiguous { .. }), "{error}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::new(&url, "").unwrap().send(&repay()).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn readiness_is_a_status() {
    let (url, mut seen) = server(answer("200 OK", "", "ready")).await;
    let client = Client::new(&url, "").unwrap();
    assert_eq!(client.ready().await.unwrap().body, "ready");
    assert!(seen.recv().await.unwrap().starts_with("GET /readyz "));
    assert!(client.live().await.is_ok());
}

#[test]
fn an_address_that_is_none_is_refused() {
    assert!(Client::new("not a url", "").is_err());
    assert!(Client::new("file:///etc", "").is_err());
    assert!(Client::new("http://127.0.0.1", "line\nbreak").is_err());
}
