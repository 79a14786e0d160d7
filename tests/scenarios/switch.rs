//! `backstop intake` as a process: what it is told, and what it says.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::binaries::shipped;
use crate::place::{Place, Store};

fn backstop(arguments: &[&str], typed: &str) -> Output {
    let mut child = Command::new(shipped("backstop"))
        .arg("intake")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _gone = child.stdin.take().unwrap().write_all(typed.as_bytes());
    child.wait_with_output().unwrap()
}

/// The one JSON object that a command printed.
#[track_caller]
pub(crate) fn told(arguments: &[&str], typed: &str) -> Value {
    let output = backstop(&[arguments, &["--json"]].concat(), typed);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code and message of a command that does not succeed.
pub(crate) fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = backstop(arguments, "");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// The address that is sealed for this day; a file is what it is.
pub(crate) fn envelope(place: &Place, store: Store) -> String {
    let out = place.path("envelope.txt");
    let seal = [
        "seal",
        "--direct",
        &place.url,
        "--actor",
        "ann",
        "--out",
        out.to_str().unwrap(),
    ];
    if store != Store::Postgres {
        let (code, said) = refused(&seal);
        assert_eq!(code, Some(2), "SQLite has no roles: {said}");
        assert!(!out.exists());
        return place.url.clone();
    }
    let (code, said) = refused(&["seal", "--direct", &place.url]);
    assert_eq!(code, Some(1), "none is sealed yet: {said}");
    let sealed = told(&seal, "");
    assert_eq!(
        (&sealed["sealed_by"], &sealed["due"]),
        (&"ann".into(), &false.into())
    );
    let (code, said) = refused(&seal);
    assert_eq!(code, Some(2), "an envelope is not written over: {said}");
    let text = std::fs::read_to_string(&out).unwrap();
    let (_, address) = text.split_once("--direct '").unwrap();
    let (address, _) = address.split_once('\'').unwrap();
    assert!(address.contains("backstop_closer:"));
    address.to_owned()
}
