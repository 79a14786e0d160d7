//! Both jobs in one process: a heartbeat is asked for, and a fault is ended.

use std::net::TcpListener;
use std::time::Duration;

use crate::dog::{Running, folder, within};
use crate::tool;

const CONFIG: &str = r#"
[notify.route]
receiver = "ops"

[[notify.receivers]]
name = "ops"
channels = ["hook"]

[[notify.channels]]
name = "hook"
webhook = { url_file = "url" }
"#;

#[test]
fn beside_watching_the_watcher_it_ends_faults() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("watch.toml");
    std::fs::write(&config, CONFIG).unwrap();
    std::fs::write(dir.path().join("url"), "http://127.0.0.1:9/hook").unwrap();
    let plane = TcpListener::bind("127.0.0.1:0").unwrap();
    plane.set_nonblocking(true).unwrap();
    let heartbeat = format!("http://{}/v1/watch/heartbeat", plane.local_addr().unwrap());
    let folder = folder(dir.path());
    let arguments = [
        "--config",
        config.to_str().unwrap(),
        "--heartbeat",
        &heartbeat,
        "--tell",
        "ops",
    ];
    let _dog = Running::dog(&folder, &arguments);
    assert!(
        within(Duration::from_secs(10), || plane.accept().is_ok()).is_some(),
        "it asks"
    );
    let (_victim, process) = Running::victim();
    let mut tool = tool::start(&folder, &process);
    within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
    tool.0.kill().unwrap();
    // The heartbeat that nobody answers holds up nothing.
    assert!(within(Duration::from_secs(2), || !process.is_stopped().unwrap()).is_some());
}
