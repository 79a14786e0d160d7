//! Values at many times: as a real Prometheus answers, value by value, and what both refuse.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use auth::Role;
use client::http::Request;
use serde_json::Value;

use crate::plane::Plane;

const CONFIG: &str = "[rules]\nfiles = [\"rules.yml\"]\n";

/// A Prometheus that scrapes nothing; it ends with the test.
struct Prometheus {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    #[expect(clippy::print_stdout, reason = "says what was skipped")]
    async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prometheus.yml"), "global: {}\n").unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let started = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn();
        let Ok(child) = started else {
            println!("SKIPPED: values at many times: prometheus is not installed");
            return None;
        };
        let this = Self {
            child,
            url: format!("http://{address}"),
            _folder: folder,
        };
        for _ in 0..600 {
            let ready = reqwest::get(format!("{}/-/ready", this.url)).await;
            if ready.is_ok_and(|answer| answer.status() == 200) {
                return Some(this);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("prometheus is not ready within 30 s");
    }
}

async fn watching() -> (Plane, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let rules = "groups:\n  - name: none\n    rules:\n      - {alert: Never, expr: vector(1) == 2}\n";
    std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
    let config = CONFIG.replace(
        "rules.yml",
        &folder.path().join("rules.yml").display().to_string(),
    );
    (Plane::watching(&config).await, folder)
}

/// Both answers to the same question: status and body.
async fn both(plane: &Plane, prometheus: &Prometheus, asked: &str) -> [(u16, Value); 2] {
    let http = reqwest::Client::new();
    let ours = http
        .get(format!("{}/v1/watch/query_range?{asked}", plane.url))
        .bearer_auth(plane.token(Role::Auditor));
    let theirs = http.get(format!("{}/api/v1/query_range?{asked}", prometheus.url));
    let mut answers = [(0, Value::Null), (0, Value::Null)];
    for (request, answer) in [ours, theirs].into_iter().zip(&mut answers) {
        let sent = request.send().await.unwrap();
        *answer = (sent.status().as_u16(), sent.json().await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_answers_the_same() {
    let Some(prometheus) = Prometheus::start().await else {
        return;
    };
    let (plane, _folder) = watching().await;
    let mut compared = 0;
    for query in [
        "time()",
        "1 / 0",
        "-1 / 0",
        "0 / 0",
        "vector(time() % 7) > 3",
        "vector(1e21) / 3",
        "label_replace(vector(time()), \"a\", \"\\\"x\\\\\", \"\", \"\") or vector(0.1)",
        "hour() + minute() / 60",
        "vector(1) == 2",
    ] {
        for span in [
            "start=1700000000&end=1700000060&step=5",
            "start=1700000000.123&end=1700000001.5&step=0.25",
            "start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00%2B08:00&step=1h30m",
            "start=0&end=0&step=1",
            "start=0&end=10999&step=1s",
        ] {
            let asked = format!("query={}&{span}", urlencoded(query));
            let [ours, theirs] = both(&plane, &prometheus, &asked).await;
            assert_eq!(ours, theirs, "{query} {span}");
            compared += 1;
        }
    }
    assert_eq!(compared, 45);
    for asked in [
        "query=time()&start=0&end=10&step=0",
        "query=time()&start=0&end=10&step=-1",
        "query=time()&start=10&end=0&step=1",
        "query=time()&start=0&end=20000&step=1",
        "query=time()&start=x&end=1&step=1",
        "query=time()&start=0&end=1&step=x",
        "query=time(&start=0&end=1&step=1",
        "query=%22text%22&start=0&end=1&step=1",
        "query=up%5B5m%5D&start=0&end=1&step=1",
        "query=time()&start=0&end=1",
    ] {
        let [ours, theirs] = both(&plane, &prometheus, asked).await;
        assert_eq!((ours.0, theirs.0), (400, 400), "{asked}: {} {}", ours.1, theirs.1);
        assert_eq!(ours.1["code"], "invalid-field", "{asked}: {}", ours.1);
    }
    plane.stop().await;
}

/// As a query wants it.
fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_scraped_is_answered_over_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let target = axum::Router::new().route("/metrics", axum::routing::get(async || "load 0.5\n"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, target).await.unwrap() });
    let rules = "groups:\n  - name: none\n    rules:\n      - {alert: Never, expr: vector(1) == 2}\n";
    let path: &Path = folder.path();
    std::fs::write(path.join("rules.yml"), rules).unwrap();
    let config = format!(
        "[rules]\nfiles = [\"{}/rules.yml\"]\n[[scrape]]\njob = \"shop\"\ntargets = [\"{address}\"]\ninterval = \"1s\"\n",
        path.display()
    );
    let plane = Plane::watching(&config).await;
    let client = plane.client(Role::Auditor);
    let now = || base::clock::Clock::system().now_micros() / 1_000_000;
    let from = now();
    let mut values = Value::Null;
    for _ in 0..200 {
        let (start, end) = (from.to_string(), now().to_string());
        let request = Request::watch_query_range("load{job=\"shop\"} * 2", &start, &end, "1s");
        values = client.send(&request).await.unwrap().body["data"]["result"][0]["values"].clone();
        if values.as_array().is_some_and(|values| values.len() >= 3) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let values = values.as_array().unwrap();
    assert!(values.iter().all(|value| value[1] == "1"), "{values:?}");
    let times: Vec<i64> = values.iter().map(|value| value[0].as_i64().unwrap()).collect();
    assert!(times.windows(2).all(|two| two[1] == two[0] + 1), "{times:?}");
    let wrong = client
        .send(&Request::watch_query_range("load{", "0", "1", "1"))
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), Some("invalid-field"));
    plane.stop().await;
}
