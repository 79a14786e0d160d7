//! The executable itself: arguments, ready file, signals, exit codes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::outside::client;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_financing-standin");

fn start(folder: &Path, more: &[&str]) -> Child {
    let ready = folder.join("ready");
    let mut command = Command::new(EXECUTABLE);
    command
        .args(["--listen", "127.0.0.1:0", "--ready-file"])
        .arg(ready)
        .args(more);
    command.stderr(Stdio::null()).spawn().unwrap()
}

/// The address, once the process has written it.
fn address(folder: &Path) -> Option<String> {
    let patience = Instant::now() + Duration::from_secs(20);
    while Instant::now() < patience {
        if let Ok(text) = std::fs::read_to_string(folder.join("ready")) {
            return Some(text.trim().to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(EXECUTABLE).args(args).output();
    output.map_or((None, String::new()), |output| {
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    })
}

#[tokio::test]
async fn it_announces_its_address_serves_and_ends_in_order_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = start(folder.path(), &["--seed", "7"]);
    let address = address(folder.path()).unwrap();
    let answer = client()
        .get(format!("http://{address}/firms"))
        .send()
        .await
        .unwrap();
    let about: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(about["seed"], 7);
    let ended = Command::new("kill")
        .args(["-TERM", &process.id().to_string()])
        .status()
        .unwrap();
    assert!(ended.success());
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn sigkill_loses_no_answered_payment() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("payments.jsonl");
    let mut process = start(folder.path(), &["--journal", journal.to_str().unwrap()]);
    let address = address(folder.path()).unwrap();
    let core = sources::CoreBanking::new(&format!("http://{address}")).unwrap();
    for n in 0..5 {
        let order = sources::Instruction {
            reference: format!("drw_{n}"),
            amount: domain::money::Money::fen(100),
            account: "9990000000000000042".to_owned(),
        };
        core.pay(&order).await.unwrap();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(std::fs::read_to_string(&journal).unwrap().lines().count(), 5);
}

#[test]
fn a_wrong_firms_file_is_told_with_line_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("firms.jsonl");
    std::fs::write(&file, "{\"credit_code\": \"91\"}\n").unwrap();
    let (code, message) = refused(&["--firms", file.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(message.contains("line 1: field `credit_code`"), "{message}");
}

#[test]
fn wrong_arguments_and_a_taken_address_have_their_own_exit_codes() {
    assert_eq!(refused(&["--listen", "nowhere"]).0, Some(2));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, message) = refused(&["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(code, Some(1));
    assert!(message.contains("failed to listen on"), "{message}");
}
