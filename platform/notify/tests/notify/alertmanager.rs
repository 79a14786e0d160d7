//! Beside a real Alertmanager: what it sends is understood here, and what is sent here is what it would send.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use notify::Notice;
use notify::inbound::alertmanager::parse;
use serde_json::{Value, json};

use crate::server::Server;
use crate::webhooks::Real;

const PROGRAM: &str = "/usr/bin/prometheus-alertmanager";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path, hook: &str, port: u16) -> Running {
    let config = format!(
        "route:\n  receiver: ops\n  group_by: [alertname]\n  group_wait: 500ms\n  group_interval: 1s\n  \
         repeat_interval: 1h\n  routes:\n  - matchers: ['team=\"db\"', 'severity=~\"crit.*\"']\n    \
         group_by: [alertname, team]\nreceivers:\n- name: ops\n  webhook_configs:\n  - url: {hook}\n    \
         max_alerts: 3\n"
    );
    std::fs::write(folder.join("am.yml"), config).unwrap();
    let child = Command::new(PROGRAM)
        .arg(format!("--config.file={}", folder.join("am.yml").display()))
        .arg(format!("--storage.path={}", folder.join("am").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--web.external-url=https://ops.example")
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn post(port: u16, alerts: &Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let began = Instant::now();
    loop {
        let sent = client
            .post(format!("http://127.0.0.1:{port}/api/v2/alerts"))
            .json(alerts)
            .send()
            .await;
        match sent {
            Ok(response) if response.status().is_success() => return,
            other => assert!(began.elapsed() < Duration::from_secs(20), "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn bodies(server: &Server, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let bodies: Vec<Value> = server
            .requests()
            .iter()
            .map(crate::server::Request::json)
            .collect();
        if enough(&bodies) || began.elapsed() > Duration::from_secs(20) {
            return bodies;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The body of a group with a status, if it has come.
fn of<'b>(bodies: &'b [Value], name: &str, status: &str) -> Option<&'b Value> {
    bodies
        .iter()
        .find(|body| body["groupLabels"]["alertname"] == name && body["status"] == status)
}

fn alerts(start: &str) -> Value {
    let alert = |labels: Value, more: Value| json!({ "labels": labels, "annotations": more, "startsAt": start, "generatorURL": "http://prometheus.example/graph?g0.expr=up" });
    json!([
        alert(
            json!({ "alertname": "Slow", "job": "web", "instance": "b", "severity": "warning" }),
            json!({ "summary": "慢 \"quoted\"", "x": "1" })
        ),
        alert(
            json!({ "alertname": "Slow", "job": "web", "instance": "a", "severity": "warning" }),
            json!({ "summary": "慢 \"quoted\"", "x": "2" })
        ),
        alert(
            json!({ "alertname": "Slow", "instance": "z", "severity": "warning", "empty": "" }),
            json!({ "summary": "慢 \"quoted\"" })
        ),
        alert(
            json!({ "alertname": "Slow", "job": "api", "instance": "c", "severity": "warning", "zone": "一" }),
            json!({ "summary": "慢 \"quoted\"" })
        ),
        alert(
            json!({ "alertname": "Down \"q\"", "team": "db", "severity": "critical" }),
            json!({})
        ),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhook_is_what_a_real_alertmanager_sends_for_the_same_alerts() {
    if !Path::new(PROGRAM).exists() {
        eprintln!("SKIPPED: the webhook beside a real Alertmanager: {PROGRAM} is not installed");
        return;
    }
    let (theirs, ours) = (Server::start("").await, Server::start("").await);
    let url = format!("{}/ours", ours.url);
    let real = Real::with(
        "webhook = { url_file = \"url\", max_alerts = 3 }",
        &[("url", &url)],
    )
    .await;
    // The same routes: the helper's root, and the child below it.
    let folder = real.folder.path();
    let text = "external_url = \"https://ops.example\"\n[route]\nreceiver = \"ops\"\ngroup_by = [\"alertname\"]\n\
         group_wait = \"500ms\"\ngroup_interval = \"1s\"\n[[route.routes]]\n\
         matchers = ['team=\"db\"', 'severity=~\"crit.*\"']\ngroup_by = [\"alertname\", \"team\"]\n\
         [[receivers]]\nname = \"ops\"\nchannels = [\"it\"]\n[[channels]]\nname = \"it\"\n\
         webhook = { url_file = \"url\", max_alerts = 3 }\n";
    let config = std::sync::Arc::new(notify::Config::parse(text, folder).unwrap());
    let notifier = notify::Notifier::open(real.db.clone(), config, real.clock.clone())
        .await
        .unwrap();
    let until = base::shutdown::Shutdown::new();
    let running = tokio::spawn({
        let (notifier, until) = (notifier.clone(), until.clone());
        async move { notifier.run(until).await }
    });

    let port = free_port();
    let _alertmanager = start(folder, &format!("{}/theirs", theirs.url), port);
    // A moment ago, so that both wait alike.
    let start = jiff::Timestamp::from_microsecond(real.clock.now_micros()).unwrap();
    let firing = alerts(&start.to_string());
    post(port, &firing).await;
    notifier.take(&notices(&firing, None)).await.unwrap();
    let both = |bodies: &[Value]| {
        of(bodies, "Slow", "firing").is_some() && of(bodies, "Down \"q\"", "firing").is_some()
    };
    let (their_bodies, our_bodies) = (bodies(&theirs, both).await, bodies(&ours, both).await);
    for name in ["Slow", "Down \"q\""] {
        let (their, our) = (
            of(&their_bodies, name, "firing").unwrap(),
            of(&our_bodies, name, "firing").unwrap(),
        );
        assert_eq!(our, their, "field by field");
    }
    assert_eq!(of(&their_bodies, "Slow", "firing").unwrap()["truncatedAlerts"], 1);

    // All end.
    let end = jiff::Timestamp::from_microsecond(real.clock.now_micros()).unwrap();
    let mut over = firing.clone();
    for alert in over.as_array_mut().unwrap() {
        alert["endsAt"] = json!(end.to_string());
    }
    post(port, &over).await;
    notifier
        .take(&notices(&over, Some(end.as_microsecond())))
        .await
        .unwrap();
    let both = |bodies: &[Value]| {
        of(bodies, "Slow", "resolved").is_some() && of(bodies, "Down \"q\"", "resolved").is_some()
    };
    let (their_bodies, our_bodies) = (bodies(&theirs, both).await, bodies(&ours, both).await);
    for name in ["Slow", "Down \"q\""] {
        let (their, our) = (
            of(&their_bodies, name, "resolved").unwrap(),
            of(&our_bodies, name, "resolved").unwrap(),
        );
        assert_eq!(our, their, "field by field");
    }
    until.trigger();
    running.await.unwrap();

    // And what it sends is understood here.
    for request in theirs.requests() {
        let read = parse(&request.body, real.clock.now_micros()).unwrap();
        let body = request.json();
        assert_eq!(read.notices.len(), body["alerts"].as_array().unwrap().len());
        for (notice, alert) in read.notices.iter().zip(body["alerts"].as_array().unwrap()) {
            assert_eq!(
                notify::fingerprint(&notice.labels),
                alert["fingerprint"].as_str().unwrap()
            );
            assert_eq!(notice.ends_at.is_some(), alert["status"] == "resolved");
        }
        assert_eq!(real.notifier.take(&read.notices).await.unwrap().refused, []);
    }
}

fn notices(alerts: &Value, ends_at: Option<i64>) -> Vec<Notice> {
    let texts = |value: &Value| serde_json::from_value(value.clone()).unwrap();
    let one = |alert: &Value| {
        let start: jiff::Timestamp = alert["startsAt"].as_str().unwrap().parse().unwrap();
        Notice {
            labels: texts(&alert["labels"]),
            annotations: texts(&alert["annotations"]),
            starts_at: start.as_microsecond(),
            ends_at,
            generator: alert["generatorURL"].as_str().unwrap().to_owned(),
        }
    };
    alerts.as_array().unwrap().iter().map(one).collect()
}
