//! A target that falls silent is noticed, paged, silenced and acknowledged; and what people did about it is on record.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::Role;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use client::http::{CallError, Request};
use client::watch::{NewAck, NewSilence, TestReceiver, WatchStatus};
use laws::verdict::Verdict;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::acts::{WATCHING, law_7};
use crate::plane::Plane;

/// A page: its key, whether it says that something fires, and the alerts' names.
type Page = (String, bool, Vec<String>);

/// What is watched, and who is paged.
struct Outside {
    target: String,
    pager: String,
    up: Arc<Mutex<bool>>,
    pages: Arc<Mutex<Vec<Page>>>,
}

async fn page(State(pages): State<Arc<Mutex<Vec<Page>>>>, headers: HeaderMap, body: String) {
    let body: Value = serde_json::from_str(&body).unwrap();
    let names = body["alerts"].as_array().unwrap().iter();
    let names = names
        .map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned())
        .collect();
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    pages
        .lock()
        .unwrap()
        .push((key, body["status"] == "firing", names));
}

impl Outside {
    async fn start() -> Self {
        let up = Arc::new(Mutex::new(true));
        let seen = Arc::clone(&up);
        let pages: Arc<Mutex<Vec<Page>>> = Arc::default();
        let metrics = get(async move || match *seen.lock().unwrap() {
            true => Ok("# TYPE load gauge\nload 0.5\n"),
            false => Err(axum::http::StatusCode::INTERNAL_SERVER_ERROR),
        });
        let router = Router::new()
            .route("/metrics", metrics)
            .route("/pages", post(page))
            .with_state(Arc::clone(&pages));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let pager = format!("http://{target}/pages");
        Self {
            target,
            pager,
            up,
            pages,
        }
    }

    /// Scraped and evaluated each second; whoever fires is escalated at once.
    fn config(&self, folder: &std::path::Path) -> String {
        std::fs::write(folder.join("pager.url"), &self.pager).unwrap();
        let rules = "groups:\n- name: test\n  interval: 1s\n  rules:\n\
                     - alert: TargetDown\n  expr: up == 0\n  labels: {severity: critical}\n"
            .replace("- alert", "  - alert")
            .replace("\n  expr", "\n    expr")
            .replace("\n  labels", "\n    labels");
        std::fs::write(folder.join("rules.yml"), rules).unwrap();
        std::fs::write(folder.join("phone"), "+86 10 0000").unwrap();
        let folder = folder.display();
        format!(
            r#"
            [rules]
            files = ["{folder}/rules.yml"]
            [[scrape]]
            job = "shop"
            targets = ["{}"]
            interval = "1s"
            [notify.route]
            receiver = "desk"
            group_by = ["alertname"]
            group_wait = "0s"
            group_interval = "1s"
            escalation = "desk"
            [[notify.receivers]]
            name = "desk"
            channels = ["desk"]
            [[notify.channels]]
            name = "desk"
            webhook = {{ url_file = "{folder}/pager.url" }}
            [[notify.channels]]
            name = "call"
            exec = {{ program = "/bin/true" }}
            [[notify.people]]
            id = "first"
            contacts = [{{ channel = "call", to_file = "{folder}/phone" }}]
            [[notify.escalations]]
            name = "desk"
            steps = [{{ page = ["person:first"] }}]
            "#,
            self.target
        )
    }

    async fn paged(&self, wanted: impl Fn(&Page) -> bool) -> Page {
        for _ in 0..300 {
            if let Some(page) = self.pages.lock().unwrap().iter().find(|page| wanted(page)) {
                return page.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not paged within 15 s: {:?}", self.pages.lock().unwrap());
    }

    fn fails(&self, fails: bool) {
        *self.up.lock().unwrap() = !fails;
    }
}

async fn status(plane: &Plane) -> WatchStatus {
    plane
        .client(Role::Auditor)
        .send(&Request::watch_status())
        .await
        .unwrap()
        .body
}

async fn until(plane: &Plane, what: &str, holds: impl Fn(&WatchStatus) -> bool) {
    for _ in 0..300 {
        if holds(&status(plane).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: {:#?}", status(plane).await);
}

fn code<T: std::fmt::Debug>(refused: Result<T, CallError>) -> String {
    refused.unwrap_err().code().unwrap_or("no code").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_falls_silent_is_paged_and_what_people_do_about_it_is_on_record() {
    let outside = Outside::start().await;
    let folder = tempfile::tempdir().unwrap();
    let plane = Plane::watching(&outside.config(folder.path())).await;
    let operator = plane.client(Role::Operator);
    until(&plane, "it works, and sees the target", |status| {
        status.state == "watching" && status.targets.iter().any(|target| target.health == "up")
    })
    .await;
    let heartbeat = reqwest::get(format!("{}/v1/watch/heartbeat", plane.url))
        .await
        .unwrap();
    assert_eq!(heartbeat.status(), 200);
    let asked = operator
        .send(&Request::watch_query("load{job=\"shop\"} * 2", None))
        .await
        .unwrap();
    assert_eq!(asked.body["data"]["result"][0]["value"][1], "1");
    let wrong = operator.send(&Request::watch_query("load{", None)).await;
    assert_eq!(code(wrong), "invalid-field");

    outside.fails(true);
    let (key, ..) = outside
        .paged(|(_, fires, names)| *fires && names == &["TargetDown"])
        .await;
    let alerts = operator.send(&Request::watch_alerts()).await.unwrap().body.alerts;
    assert_eq!((alerts.len(), alerts[0].state.as_str()), (1, "firing"));
    assert!(
        status(&plane)
            .await
            .targets
            .iter()
            .all(|target| target.health == "down")
    );

    // Each request twice, and each is done once.
    let ack = NewAck {
        fingerprint: alerts[0].fingerprint.clone(),
        seconds: 600,
    };
    let acked = operator.send(&Request::acknowledge("a", &ack)).await.unwrap();
    let again = operator.send(&Request::acknowledge("a", &ack)).await.unwrap();
    assert!(again.replayed && again.body == acked.body);
    let silence = NewSilence {
        matchers: vec!["job=\"shop\"".to_owned()],
        seconds: 600,
        reason: "planned-maintenance".to_owned(),
    };
    let silenced = operator.send(&Request::silence("s", &silence)).await.unwrap();
    let again = operator.send(&Request::silence("s", &silence)).await.unwrap();
    assert!(again.replayed && again.body == silenced.body);
    let listed = operator.send(&Request::silences()).await.unwrap().body.silences;
    assert_eq!(listed, std::slice::from_ref(&silenced.body));
    let ended = operator
        .send(&Request::expire_silence("x", &silenced.body.id))
        .await
        .unwrap();
    assert!(ended.body.ends_at < silenced.body.ends_at);
    assert!(
        operator
            .send(&Request::silences())
            .await
            .unwrap()
            .body
            .silences
            .is_empty()
    );
    let test = TestReceiver {
        receiver: "desk".to_owned(),
    };
    let tested = operator
        .send(&Request::test_receiver("t", &test))
        .await
        .unwrap()
        .body;
    assert!(tested.delivered, "{tested:?}");

    outside.fails(false);
    outside
        .paged(|(other, fires, names)| !fires && *other != key && names == &["TargetDown"])
        .await;

    for act in WATCHING {
        assert_eq!(plane.leaves(act).await, 1, "{act}");
    }
    plane.signed(4).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 4).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_says_what_to_mend_and_leaves_nothing() {
    let outside = Outside::start().await;
    let folder = tempfile::tempdir().unwrap();
    let plane = Plane::watching(&outside.config(folder.path())).await;
    let operator = plane.client(Role::Operator);
    let silence = |matcher: &str, seconds: u32, reason: &str| NewSilence {
        matchers: vec![matcher.to_owned()],
        seconds,
        reason: reason.to_owned(),
    };
    for (key, asked, wanted) in [
        ("1", silence("job", 60, "why"), "invalid-field"),
        ("2", silence("job=\"shop\"", 0, "why"), "invalid-field"),
        ("3", silence("job=\"shop\"", u32::MAX, "why"), "invalid-field"),
        (
            "4",
            silence("job=\"shop\"", 60, "张三 13800000000"),
            "invalid-field",
        ),
        ("5", silence("job=~\".*\"", 60, "why"), "invalid-field"),
        ("9", silence("user=\"13800000000\"", 60, "why"), "invalid-field"),
    ] {
        assert_eq!(
            code(operator.send(&Request::silence(key, &asked)).await),
            wanted,
            "{asked:?}"
        );
    }
    let nobody = NewAck {
        fingerprint: "0123456789abcdef".to_owned(),
        seconds: 60,
    };
    assert_eq!(
        code(operator.send(&Request::acknowledge("6", &nobody)).await),
        "not-found"
    );
    let none = TestReceiver {
        receiver: "nobody".to_owned(),
    };
    assert_eq!(
        code(operator.send(&Request::test_receiver("7", &none)).await),
        "not-found"
    );
    assert_eq!(
        code(operator.send(&Request::expire_silence("8", "none")).await),
        "not-found"
    );
    for act in WATCHING {
        assert_eq!(plane.leaves(act).await, 0, "{act}");
    }
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_existing_alertmanager_hands_its_alerts_in() {
    let outside = Outside::start().await;
    let folder = tempfile::tempdir().unwrap();
    let plane = Plane::watching(&outside.config(folder.path())).await;
    let body = json!({
        "version": "4", "groupKey": "{}", "receiver": "backstop", "status": "firing", "truncatedAlerts": 0,
        "alerts": [{
            "status": "firing", "labels": { "alertname": "FromElsewhere" }, "annotations": {},
            "startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
        }],
    });
    let send = |body: Value| {
        let http = reqwest::Client::new().post(format!("{}/v1/alerts/alertmanager", plane.url));
        http.bearer_auth(plane.token(Role::Plane)).json(&body).send()
    };
    assert_eq!(send(body.clone()).await.unwrap().status(), 200);
    outside
        .paged(|(_, fires, names)| *fires && names == &["FromElsewhere"])
        .await;
    let mut wrong = body;
    wrong["version"] = json!("3");
    assert_eq!(send(wrong).await.unwrap().status(), 400);
    plane.stop().await;
}
