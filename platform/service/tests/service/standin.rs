//! The stand-in sources (挡板) in this process, and what they saw.

use base::shutdown::Shutdown;
use domain::product::Source;
use population::{Firms, Population};
use serde_json::{Value, json};
use sources::standin::book::Book;
use sources::standin::pager::Pager;
use sources::standin::{self, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running stand-in; ends with the test.
pub(crate) struct Standin {
    url: String,
    shutdown: Shutdown,
    _task: JoinHandle<()>,
}

impl Standin {
    pub(crate) async fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = Shutdown::new();
        let settings = Settings {
            firms: Firms::Generated(Population::new(seed)),
            seed,
            book: Book::open(None).unwrap(),
            pager: Pager::default(),
        };
        let stop = shutdown.clone();
        let _task = tokio::spawn(async move { standin::run(listener, settings, stop).await.unwrap() });
        Self { url, shutdown, _task }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Payments: how many, and their sum in fen.
    pub(crate) async fn money_moved(&self) -> (u64, i64) {
        let seen = self.get("/core/payments?limit=0").await;
        (seen["count"].as_u64().unwrap(), seen["total"].as_i64().unwrap())
    }

    /// Makes a source, or `core`, fail every call.
    pub(crate) async fn fail(&self, target: &str) {
        self.set(
            target,
            json!({"failure_rate": 1.0, "failure": "status", "status": 500}),
        )
        .await;
    }

    /// Makes a source answer late.
    pub(crate) async fn slow(&self, target: &str, latency_ms: u64) {
        self.set(target, json!({ "latency_ms": latency_ms })).await;
    }

    /// Makes it answer again.
    pub(crate) async fn mend(&self, target: &str) {
        self.set(target, json!({})).await;
    }

    async fn set(&self, target: &str, control: Value) {
        let answer = reqwest::Client::new()
            .put(format!("{}/control/{target}", self.url))
            .header("content-type", "application/json")
            .body(control.to_string())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Requests that the six sources got in all.
    pub(crate) async fn pulls(&self) -> u64 {
        let control = self.get("/control").await;
        Source::ALL
            .iter()
            .map(|source| control[source.as_str()]["requests"].as_u64().unwrap())
            .sum()
    }

    async fn get(&self, path: &str) -> Value {
        let text = reqwest::get(format!("{}{path}", self.url))
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}
