//! A setting under which an acknowledged write may be lost is found, on both
//! databases, by `financing check` and by the audit.

use std::process::Command;

use base::exit;
use laws::durability::durability;
use serde_json::Value;

use crate::place::{self, Place, Store};
use crate::{binaries, report};

/// What `financing check --json` found of durability.
fn check(place: &Place, binary: &std::path::Path, failpoints: &str) -> (i32, Vec<String>) {
    let output = Command::new(binary)
        .args(["check", "--json", "--database", &place.url])
        .env("BACKSTOP_FAILPOINTS", failpoints)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let findings = report["durability"].as_array().unwrap();
    let findings = findings
        .iter()
        .map(|finding| finding.as_str().unwrap().to_owned());
    (output.status.code().unwrap(), findings.collect())
}

#[tokio::test]
async fn synchronous_off_is_found_on_sqlite() {
    let test = "synchronous_off_is_found_on_sqlite";
    let place = Place::new(Store::Sqlite);
    let sound = check(&place, &binaries::shipped("financing"), "");
    assert_eq!(sound, (i32::from(exit::OK), Vec::new()));
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with failpoints");
        return;
    };
    let (code, findings) = check(&place, &binary, "weak_sync");
    assert_eq!(code, i32::from(exit::FAILED));
    assert!(
        findings.iter().any(|finding| finding.starts_with("synchronous ")),
        "{findings:?}"
    );
}

#[tokio::test]
async fn fsync_off_is_found_on_postgresql() {
    found_on_postgresql("fsync_off_is_found_on_postgresql", "fsync").await;
}

#[tokio::test]
async fn synchronous_commit_off_is_found_on_postgresql() {
    found_on_postgresql(
        "synchronous_commit_off_is_found_on_postgresql",
        "synchronous_commit",
    )
    .await;
}

async fn found_on_postgresql(test: &str, setting: &'static str) {
    if !place::postgres(test) {
        return;
    }
    let sound = Place::new(Store::Postgres);
    assert_eq!(
        check(&sound, &binaries::shipped("financing"), "").1,
        Vec::<String>::new()
    );
    assert!(durability(&sound.url).await.unwrap().weak.is_empty());

    let weak = Place::with_settings(Store::Postgres, &[(setting, "off")]);
    let (code, findings) = check(&weak, &binaries::shipped("financing"), "");
    assert_eq!(code, i32::from(exit::FAILED));
    assert!(
        findings.iter().any(|finding| finding.starts_with(setting)),
        "{findings:?}"
    );
    let audited = durability(&weak.url).await.unwrap().weak;
    assert!(
        audited.iter().any(|(name, _)| name.contains(setting)),
        "{audited:?}"
    );
}
