//! A heartbeat that stops is told over a real channel; one that goes on is not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use notify::deadman::{self, Pulse, Watch};

use crate::server::Server;
use crate::webhooks::Real;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_is_told_and_its_end_as_well() {
    let server = Server::start("").await;
    let url = format!("{}/hook", server.url);
    let real = Real::with("webhook = { url_file = \"url\" }", &[("url", &url)]).await;
    let file = real.folder.path().join("heartbeat");
    deadman::beat(&file, 1).unwrap();
    let watched = Watch {
        pulse: Pulse::File(file.clone()),
        // The least that there is; less two looks, that is.
        patience: Duration::from_secs(13),
        repeat: Duration::from_mins(5),
        tell: vec!["ops".to_owned()],
    };
    let (config, until) = (Arc::clone(real.notifier.config()), Shutdown::new());
    let watching = tokio::spawn({
        let until = until.clone();
        async move { deadman::watch(watched, &config, &Clock::system(), &until).await }
    });
    let wait = async |requests: usize| {
        let began = Instant::now();
        while server.requests().len() < requests && began.elapsed() < Duration::from_secs(30) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(server.requests().len(), requests);
        began.elapsed()
    };
    assert!(
        wait(1).await <= Duration::from_secs(13),
        "told within its patience"
    );
    let told = server.requests()[0].json()["alerts"][0].clone();
    assert_eq!(told["labels"]["alertname"], "Backstop_deadman");
    assert!(
        told["annotations"]["summary"]
            .as_str()
            .unwrap()
            .contains("没有心跳"),
        "{told}"
    );
    deadman::beat(&file, 2).unwrap();
    wait(2).await;
    assert!(
        server.requests()[1]
            .json()
            .to_string()
            .contains("heartbeat is back")
    );
    until.trigger();
    watching.await.unwrap().unwrap();
    let nobody = Watch {
        pulse: Pulse::File(file),
        patience: Duration::from_secs(30),
        repeat: Duration::from_mins(5),
        tell: Vec::new(),
    };
    assert!(
        deadman::watch(nobody, real.notifier.config(), &real.clock, &until)
            .await
            .is_err()
    );
}
