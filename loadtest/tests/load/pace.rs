//! A fixed arrival rate: a service that stalls cannot hide it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::lean::{measure, tokens};

/// Answers everything with `{}` on one connection at a time, and stalls once before its twentieth answer;
/// keeps what was asked.
fn stalling(stall: Duration) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&asked);
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut room = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut room) {
            let text = String::from_utf8_lossy(&room[..read]);
            let line = text.split(" HTTP/1.1").next().unwrap_or_default().to_owned();
            let number = {
                let mut asked = keeps.lock().unwrap();
                asked.push(line);
                asked.len()
            };
            if number == 20 {
                std::thread::sleep(stall);
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    (url, asked)
}

fn reads(url: &str, rate: &[&str]) -> serde_json::Value {
    let line = [
        "backstop-load",
        "reads",
        "--url",
        url,
        "--path",
        "/",
        "--clients",
        "1",
    ];
    let options = ["--warm-up", "0", "--duration", "2", "--json"];
    measure(&[&line[..], &options[..], rate].concat()).unwrap()
}

#[test]
fn a_stall_makes_late_whatever_was_due_meanwhile_and_a_closed_model_would_hide_it() {
    let stall = Duration::from_millis(500);
    let closed = reads(&stalling(stall).0, &[]);
    assert!(closed["p99_us"].as_u64().unwrap() < 100_000, "{closed}");

    let paced = reads(&stalling(stall).0, &["--rate", "100"]);
    assert_eq!(paced["engine"], "lean, fixed arrival rate");
    let ok = paced["ok"].as_u64().unwrap();
    // 200 are due, of which those at the end may be answered after the measured time.
    assert!((150..=200).contains(&ok), "{paced}");
    // A quarter of them was due while nothing was answered.
    assert!(paced["p99_us"].as_u64().unwrap() > 300_000, "{paced}");
}

#[test]
fn existing_business_is_two_repayments_and_three_looks_at_each_loan_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (url, asked) = stalling(Duration::ZERO);
    let line = [
        "backstop-load",
        "existing",
        "--url",
        &url,
        "--token-file",
        &tokens(&folder),
    ];
    let options = [
        "--loan",
        "lon_1",
        "--loan",
        "lon_2",
        "--clients",
        "1",
        "--rate",
        "50",
    ];
    let rest = ["--warm-up", "0", "--duration", "1", "--json"];
    let measured = measure(&[&line[..], &options[..], &rest[..]].concat()).unwrap();
    assert_eq!(measured["broken"], 0);
    let one = |loan: &str| {
        let at = |end: &str| format!("/v1/loans/{loan}{end}");
        [
            format!("POST {}", at("/repayments")),
            format!("POST {}", at("/repayments")),
            format!("GET {}", at("")),
            format!("GET {}", at("/statement")),
            format!("GET {}", at("/payoff")),
        ]
    };
    let asked = asked.lock().unwrap();
    assert_eq!(asked[..10], [one("lon_1"), one("lon_2")].concat());
    let bad = measure(&[&line[..], &["--loan", "../x"]].concat()).unwrap_err();
    assert!(bad.to_string().contains("not a loan's id"), "{bad}");
}
