//! Alertmanager's webhook and the signed one, over real connections.

use std::sync::Arc;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, Options};
use notify::channel::signed;
use notify::{Config, Notifier};
use tempfile::TempDir;

use crate::server::Server;
use crate::world::notice;

/// A notifier with real channels on the wall clock.
pub(crate) struct Real {
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
    pub(crate) db: Db,
    pub(crate) folder: TempDir,
}

impl Real {
    /// With one channel `it` of a kind, whose files are given.
    pub(crate) async fn with(channel: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let config = format!(
            "external_url = \"https://ops.example/\"\n[route]\nreceiver = \"ops\"\ngroup_by = [\"alertname\"]\n\
             group_wait = \"0s\"\ngroup_interval = \"1s\"\n[[receivers]]\nname = \"ops\"\nchannels = [\"it\"]\n\
             [[channels]]\nname = \"it\"\n{channel}\n"
        );
        let config = Arc::new(Config::parse(&config, folder.path()).unwrap());
        let url = format!("sqlite:{}", folder.path().join("control.db").display());
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, notify::MIGRATIONS).await.unwrap();
        let clock = Clock::system();
        let notifier = Notifier::open(db.clone(), config, clock.clone()).await.unwrap();
        Self {
            notifier,
            clock,
            db,
            folder,
        }
    }

    /// Fires an alert and makes one attempt to send.
    pub(crate) async fn page(&self, labels: &[(&str, &str)]) -> bool {
        let now = self.clock.now_micros();
        self.notifier.take(&[notice(labels, now, None)]).await.unwrap();
        while self.notifier.tick().await.unwrap() {}
        self.notifier.send_next("it").await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn the_webhook_is_alertmanagers() {
    let server = Server::start("").await;
    let files = [
        ("url", format!("{}/hook?x=1", server.url)),
        ("token", "hush".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let real = Real::with(
        "webhook = { url_file = \"url\", token_file = \"token\", max_alerts = 1 }",
        &files,
    )
    .await;
    let now = real.clock.now_micros();
    let both = [
        notice(&[("alertname", "Slow"), ("instance", "b")], now, None),
        notice(&[("alertname", "Slow"), ("instance", "a")], now, None),
    ];
    real.notifier.take(&both).await.unwrap();
    while real.notifier.tick().await.unwrap() {}
    assert_eq!(real.notifier.send_next("it").await.unwrap(), Some(true));
    let request = server.requests().remove(0);
    assert_eq!(request.uri.to_string(), "/hook?x=1");
    assert_eq!(request.header("authorization"), "Bearer hush");
    let pages = real.notifier.pages(Some("sent"), 10).await.unwrap();
    assert_eq!(request.header("idempotency-key"), pages[0].key);
    let body = request.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    let mut expected = [
        "receiver",
        "status",
        "alerts",
        "groupLabels",
        "commonLabels",
        "commonAnnotations",
        "externalURL",
        "version",
        "groupKey",
        "truncatedAlerts",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(
        (&body["version"], &body["truncatedAlerts"]),
        (&"4".into(), &1.into())
    );
    assert_eq!(body["alerts"][0]["labels"]["instance"], "a");
    assert_eq!(body["alerts"][0]["endsAt"], "0001-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_signed_page_can_be_verified_and_a_copy_has_the_same_key() {
    let server = Server::start("").await;
    let url = format!("{}/itsm", server.url);
    let real = Real::with(
        "signed = { url_file = \"url\", key_file = \"key\" }",
        &[("url", &url), ("key", "shared\n")],
    )
    .await;
    server.reply((503, Some(("retry-after", "0".to_owned())), String::new()));
    assert!(!real.page(&[("alertname", "Slow")]).await);
    let until = Shutdown::new();
    let running = tokio::spawn({
        let (notifier, until) = (real.notifier.clone(), until.clone());
        async move { notifier.run(until).await }
    });
    for _ in 0..300 {
        if server.requests().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    until.trigger();
    running.await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "tried again within seconds");
    for request in &requests {
        let (timestamp, signature) = (
            request.header(signed::TIMESTAMP),
            request.header(signed::SIGNATURE),
        );
        let now = real.clock.now_micros();
        assert!(signed::verify(
            b"shared",
            timestamp,
            signature,
            &request.body,
            now
        ));
        assert!(!signed::verify(
            b"wrong",
            timestamp,
            signature,
            &request.body,
            now
        ));
    }
    let (first, second) = (requests[0].json(), requests[1].json());
    assert_eq!(first["key"], second["key"]);
    assert_eq!(requests[0].header("idempotency-key"), first["key"]);
    assert_eq!((&first["attempt"], &second["attempt"]), (&1.into(), &2.into()));
    assert!(first["ticket_key"].as_str().unwrap().starts_with('g'));
    assert!(first["text"].as_str().unwrap().contains("Slow"));
}

#[tokio::test]
async fn a_receiver_can_be_tested() {
    let server = Server::start("").await;
    let url = format!("{}/hook", server.url);
    let real = Real::with("webhook = { url_file = \"url\" }", &[("url", &url)]).await;
    let outcomes = real.notifier.test_receiver("ops").await.unwrap();
    assert_eq!(outcomes, [("it".to_owned(), Ok(()))]);
    assert_eq!(
        server.requests()[0].json()["alerts"][0]["labels"]["alertname"],
        "Backstop_test"
    );
    std::fs::write(real.folder.path().join("url"), "http://127.0.0.1:1/x?key=hush").unwrap();
    let outcomes = real.notifier.test_receiver("ops").await.unwrap();
    assert_eq!(outcomes, [("it".to_owned(), Err("no connection".to_owned()))]);
    assert!(real.notifier.test_receiver("nobody").await.is_err());
    real.db.close().await;
}
