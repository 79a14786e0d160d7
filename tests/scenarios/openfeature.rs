//! A front-end that asks for feature flags hears of the intake gate: the clients that npm has, against a service as
//! it ships. Which versions stands in `openfeature/package-lock.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use client::operations::IntakeOrder;
use serde_json::{Value, json};

use crate::binaries;
use crate::people;
use crate::place::{Place, Store};
use crate::report;
use crate::service::Service;
use crate::standin::Standin;

const FILES: &[(&str, &str)] = &[
    ("package.json", include_str!("openfeature/package.json")),
    ("package-lock.json", include_str!("openfeature/package-lock.json")),
    ("ask.mjs", include_str!("openfeature/ask.mjs")),
];

/// Installs once, by the lock's digests; nothing that a package brings is run for it.
const INSTALL: &[&str] = &[
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-timeout=30000",
    "--loglevel=error",
];

/// A folder with the clients, kept from run to run; or why there is none.
fn installed() -> Result<PathBuf, String> {
    for program in ["node", "npm"] {
        let found = Command::new(program).arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            return Err(format!("{program} is not installed: apt-get install nodejs npm"));
        }
    }
    let folder = binaries::scratch("openfeature");
    fs::create_dir_all(&folder).unwrap();
    let same =
        |(name, text): &(&str, &str)| fs::read_to_string(folder.join(name)).is_ok_and(|there| there == *text);
    if FILES.iter().all(same) && folder.join("node_modules").is_dir() {
        return Ok(folder);
    }
    // Written last, what is there was installed: an interrupted installation begins again.
    fs::write(folder.join(FILES[0].0), FILES[0].1).unwrap();
    fs::write(folder.join(FILES[1].0), FILES[1].1).unwrap();
    let output = Command::new("npm")
        .args(INSTALL)
        .current_dir(&folder)
        .output()
        .unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "npm cannot install: {}",
            said.lines().next().unwrap_or("it does not say why")
        ));
    }
    fs::write(folder.join(FILES[2].0), FILES[2].1).unwrap();
    Ok(folder)
}

/// What a front-end is told now.
#[track_caller]
fn told(folder: &Path, service: &str, token: &str) -> Value {
    let output = Command::new("node")
        .arg("ask.mjs")
        .current_dir(folder)
        .env("SERVICE", service)
        .env("TOKEN", token)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_asks_for_flags_by_openfeature_hears_of_the_gate() {
    let folder = match installed() {
        Ok(folder) => folder,
        Err(why) => {
            report::skip(
                "a_front_end_that_asks_for_flags_by_openfeature_hears_of_the_gate",
                &why,
            );
            return;
        }
    };
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let operator = place.client(&service.base, "operator");
    let token = place.token("channel");
    let ask = |base: &str| told(&folder, base, &token);

    let open = ask(&service.base);
    for (flag, reason) in [
        ("everything", "STATIC"),
        ("credit", "TARGETING_MATCH"),
        ("micro", "TARGETING_MATCH"),
    ] {
        assert_eq!(
            ["value", "variant", "reason"].map(|part| open[flag][part].clone()),
            [json!(true), json!("open"), json!(reason)],
            "{open:#}"
        );
    }
    assert_eq!(
        open["everything"]["flagMetadata"],
        json!({ "state": "open", "epoch": 1 })
    );
    // A flag that does not exist is the caller's own default, which is false.
    assert_eq!(
        (&open["unknown"]["value"], &open["unknown"]["errorCode"]),
        (&json!(false), &json!("FLAG_NOT_FOUND"))
    );
    let bulk = json!({ "flags": 6, "first": 200, "again": 304 });
    assert_eq!(open["bulk"], bulk);

    // Closed for a product: who tells which is told about it.
    let order = IntakeOrder {
        scope: Some("act=application,product=credit".to_owned()),
        ..IntakeOrder::everything("drill")
    };
    operator.close_intake("one", &order).await.unwrap();
    let part = ask(&service.base);
    assert_eq!(
        ["everything", "credit", "micro"].map(|flag| part[flag]["value"].clone()),
        [json!(true), json!(false), json!(true)],
        "{part:#}"
    );

    // Closed.
    let closed = operator
        .close_intake("two", &IntakeOrder::everything("drill"))
        .await
        .unwrap()
        .body;
    let shut = ask(&service.base);
    for flag in ["everything", "credit", "micro"] {
        assert_eq!(shut[flag]["value"], false, "{shut:#}");
        assert_eq!(shut[flag]["variant"], "closed", "{shut:#}");
    }
    assert_eq!(
        shut["everything"]["flagMetadata"],
        json!({ "state": "closed", "epoch": closed.epoch })
    );
    assert_eq!(shut["bulk"], bulk);

    // Open again for everything; the part is still closed.
    let keepers = people::keepers(&place, &service.base).await;
    people::reopen(&keepers, closed.epoch).await;
    let reopened = ask(&service.base);
    assert_eq!(reopened["everything"]["value"], true, "{reopened:#}");
    assert_eq!(reopened["credit"]["value"], false, "{reopened:#}");

    // A service that is dead says nothing, and the default is the answer.
    service.process.kill();
    let dead = ask(&service.base);
    for flag in ["everything", "credit", "micro"] {
        assert_eq!(
            (&dead[flag]["value"], &dead[flag]["reason"]),
            (&json!(false), &json!("ERROR")),
            "{dead:#}"
        );
    }
    assert_eq!(dead["bulk"]["failed"], "OFREPApiFetchError");
}
