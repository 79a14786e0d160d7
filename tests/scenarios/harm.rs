//! Between the service and its sources stands the fault proxy, as somebody starts it from a terminal: what it breaks is
//! noticed, and heals when the toxic goes.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binaries::shipped;
use crate::load::Load;
use crate::place::{Place, Store};
use crate::plane::run;
use crate::process::Process;
use crate::service::{Service, free_port};
use crate::standin::Standin;

const PATIENCE: Duration = Duration::from_secs(40);

async fn call(api: &str, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("{api}{path}"));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

/// Waits until one of the breakers has this state (0 closed, 2 open).
async fn breaker(service: &Service, source: &str, state: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let wanted = format!("financing_source_breaker{{source=\"{source}\"}} {state}\n");
    let begun = Instant::now();
    loop {
        let shown = client
            .get(format!("{}/metrics", service.base))
            .send()
            .await
            .unwrap();
        let shown = shown.text().await.unwrap();
        if shown.contains(&wanted) {
            return;
        }
        let lines: Vec<&str> = shown.lines().filter(|line| line.contains(source)).collect();
        assert!(begun.elapsed() < PATIENCE, "{wanted}{lines:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_behind_the_proxy_go_and_come_back_with_its_toxic() {
    let place = Place::new(Store::Sqlite);
    let mut standin = Standin::start(&place);
    let (ready, own) = (place.path("proxy.ready"), free_port());
    let mut command = Command::new(shipped("backstop"));
    command
        .args(["chaos", "proxy", "--listen", "127.0.0.1:0", "--ready-file"])
        .arg(&ready);
    let mut proxy = Process::start(&mut command, &place.path("proxy.log"));
    let api = format!("http://{}", proxy.announced(&ready));
    let made = json!({
        "name": "sources",
        "listen": format!("127.0.0.1:{own}"),
        "upstream": standin.base.trim_start_matches("http://"),
    });
    let (status, answer) = call(&api, reqwest::Method::POST, "/proxies", Some(made)).await;
    assert_eq!(status, 201, "{answer}");
    // The service reaches them through the proxy, the customers as ever.
    let direct = std::mem::replace(&mut standin.base, format!("http://127.0.0.1:{own}"));
    let service = Service::start(&place, &standin);
    standin.base = direct;
    let mut load = Load::start(&place, &service, &standin, 48).await;
    load.until("under way through the proxy", |journal| {
        journal.records.len() > 100
    });
    breaker(&service, "tax", "0").await;

    let toxic = json!({ "type": "reset_peer", "attributes": { "timeout": 0 } });
    let (status, answer) = call(
        &api,
        reqwest::Method::POST,
        "/proxies/sources/toxics",
        Some(toxic),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    breaker(&service, "tax", "2").await;
    let begun = Instant::now();
    let path = "/proxies/sources/toxics/reset_peer_downstream";
    let (status, _) = call(&api, reqwest::Method::DELETE, path, None).await;
    assert_eq!(status, 204);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "a toxic that does not go"
    );
    breaker(&service, "tax", "0").await;
    load.stop();
    assert!(proxy.terminate().success());
}

#[test]
fn the_toolkit_finds_its_sibling_and_gives_it_every_word() {
    let told = run(&["chaos", "--help"], 0);
    assert!(String::from_utf8(told.stdout).unwrap().contains("proxy"));
    run(&["chaos", "run", "no-such-experiment.json"], 2);
}
