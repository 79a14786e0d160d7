//! A real stand-in on a free loopback port, and short words for what tests do to it.

use std::time::Duration;

use base::shutdown::Shutdown;
use population::{Firms, Population};
use serde_json::{Value, json};
use sources::standin::book::Book;
use sources::standin::pager::Pager;
use sources::standin::{self, Settings as Standin};
use sources::{Instruction, Limits, Settings, Sources, Subject, Trip};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running stand-in with the population of seed 1.
pub(crate) struct Outside {
    pub(crate) url: String,
    pub(crate) shutdown: Shutdown,
    pub(crate) serving: JoinHandle<std::io::Result<()>>,
    pub(crate) http: reqwest::Client,
}

impl Outside {
    pub(crate) async fn start() -> Self {
        Self::with(Firms::Generated(Population::new(1)), Book::open(None).unwrap()).await
    }

    pub(crate) async fn with(firms: Firms, book: Book) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = Shutdown::new();
        let settings = Standin {
            firms,
            seed: 1,
            book,
            pager: Pager::default(),
        };
        let serving = tokio::spawn(standin::run(listener, settings, shutdown.clone()));
        let http = client();
        Self {
            url,
            shutdown,
            serving,
            http,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Sends a body as it is and answers status and body.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Every request to a target fails in one way from now on.
    pub(crate) async fn fail(&self, target: &str, failure: &str, status: u16) {
        let control = json!({ "failure_rate": 1.0, "failure": failure, "status": status });
        assert_eq!(
            self.send("PUT", &format!("/control/{target}"), &control).await.0,
            200
        );
    }

    pub(crate) async fn slow(&self, target: &str, latency_ms: u64) {
        let control = json!({ "latency_ms": latency_ms });
        assert_eq!(
            self.send("PUT", &format!("/control/{target}"), &control).await.0,
            200
        );
    }

    pub(crate) async fn heal(&self, target: &str) {
        assert_eq!(
            self.send("PUT", &format!("/control/{target}"), &json!({}))
                .await
                .0,
            200
        );
    }

    /// Requests that a target has seen.
    pub(crate) async fn requests(&self, target: &str) -> u64 {
        self.get(&format!("/control/{target}")).await.1["requests"]
            .as_u64()
            .unwrap()
    }

    pub(crate) fn sources(&self, limits: Limits) -> Sources {
        Sources::new(
            &self.url,
            Settings {
                limits,
                ..Settings::default()
            },
        )
        .unwrap()
    }
}

/// The n-th firm of seed 1.
pub(crate) fn subject(n: u64) -> Subject {
    let firm = Population::new(1).firm(n);
    Subject {
        credit_code: firm.credit_code,
        contact_id: Some(firm.contact_id),
    }
}

/// A draw's payment.
pub(crate) fn instruction(reference: &str, fen: i64) -> Instruction {
    Instruction {
        reference: reference.to_owned(),
        amount: domain::money::Money::fen(fen),
        account: "9990000000000000042".to_owned(),
    }
}

/// Short enough for a test, long enough for a busy machine: healthy answers
/// take a few milliseconds. The breaker keeps out of the way.
pub(crate) fn patient() -> Limits {
    Limits {
        timeout: Duration::from_secs(5),
        backoff: Duration::from_millis(5),
        breaker: Trip {
            window: 1_000,
            failures: 1_000,
            ..Trip::default()
        },
        ..Limits::default()
    }
}

/// A client that no proxy of the environment comes between.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
