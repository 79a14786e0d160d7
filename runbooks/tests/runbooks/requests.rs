//! Real requests: to this machine or where it was allowed, once each, bounded.

use std::time::Duration;

use runbooks::hands::{Request, Response};
use runbooks::{Web, WebError};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers one request with these bytes, and gives what it got.
async fn server(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let got = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&head).contains("\r\n\r\n") {
            let read = stream.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            head.extend_from_slice(&buffer[..read]);
        }
        // The rest of a small body, if it came apart.
        if String::from_utf8_lossy(&head).ends_with("\r\n\r\n") && head.starts_with(b"POST") {
            let read = stream.read(&mut buffer).await.unwrap();
            head.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(&answer).await.unwrap();
        String::from_utf8_lossy(&head).into_owned()
    });
    (url, got)
}

fn request(method: &str, url: String) -> Request {
    Request {
        method: method.to_owned(),
        url,
        body: None,
        timeout: Duration::from_secs(5),
        key: String::new(),
    }
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn method_body_and_key_arrive_and_the_answer_comes_back() {
    let (url, got) = server(answer("201 Created", "{\"id\":1}")).await;
    let sent = Request {
        body: Some(json!({ "reason": "演练" })),
        key: "k".repeat(64),
        ..request("POST", format!("{url}/v1/note"))
    };
    let response = Web::new(&[]).unwrap().send(&sent).await;
    assert_eq!(
        response,
        Response::Answer {
            status: 201,
            body: "{\"id\":1}".to_owned()
        }
    );
    let got = got.await.unwrap();
    assert!(got.starts_with("POST /v1/note HTTP/1.1\r\n"), "{got}");
    assert!(
        got.to_ascii_lowercase()
            .contains(&format!("idempotency-key: {}", "k".repeat(64))),
        "{got}"
    );
    assert!(got.ends_with("{\"reason\":\"演练\"}"), "{got}");
}

#[tokio::test]
async fn an_answer_that_sends_elsewhere_is_not_followed() {
    let (url, _got) = server(answer("302 Found\r\nLocation: http://127.0.0.1:1/x", "")).await;
    let response = Web::new(&[]).unwrap().send(&request("GET", url)).await;
    assert_eq!(
        response,
        Response::Answer {
            status: 302,
            body: String::new()
        }
    );
}

#[tokio::test]
async fn what_never_left_and_what_was_not_answered_are_told_apart() {
    let web = Web::new(&[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = Request {
        timeout: Duration::from_millis(200),
        ..request("POST", format!("http://{address}"))
    };
    assert!(matches!(web.send(&silent).await, Response::Lost(_)));
    drop(listener);
    assert!(matches!(web.send(&silent).await, Response::NotSent(_)));
    let (url, _got) = server(Vec::new()).await;
    assert!(matches!(web.send(&request("POST", url)).await, Response::Lost(_)));
    let (url, _got) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec()).await;
    assert!(matches!(web.send(&request("POST", url)).await, Response::Lost(_)));
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_allowed_it() {
    let web = Web::new(&["https://ops.bank.example".to_owned()]).unwrap();
    for url in [
        "http://ops.bank.example/x",
        "https://ops.bank.example:8443/x",
        "https://bank.example/x",
        "http://127.0.0.1.bank.example/x",
        "http://user@127.0.0.1:1/x",
        "ftp://127.0.0.1/x",
        "nowhere",
    ] {
        let response = web.send(&request("POST", url.to_owned())).await;
        let Response::NotSent(why) = response else {
            panic!("{url}: {response:?}")
        };
        assert!(why.contains("allowed") || why.contains("address"), "{url}: {why}");
    }
    assert!(matches!(Web::new(&["ops".to_owned()]), Err(WebError::Origin(_))));
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let (url, _got) = server(answer("200 OK", &"x".repeat(200_000))).await;
    let response = Web::new(&[]).unwrap().send(&request("GET", url)).await;
    let Response::Answer { body, .. } = response else {
        panic!("{response:?}")
    };
    assert_eq!(body.len(), 64 * 1024);
}
