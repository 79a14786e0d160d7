//! The executable from outside.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use crate::echo;
use crate::stand::connect;
use crate::victim::{Running, within};

pub(crate) fn backstop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop-chaos"));
    command.args(arguments).env_remove("BACKSTOP_LEASES");
    command
}

pub(crate) fn output(arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = backstop(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The watchdog, if the whole workspace was built.
pub(crate) fn has_watchdog() -> bool {
    Path::new(env!("CARGO_BIN_EXE_backstop-chaos"))
        .with_file_name("backstop-watchdog")
        .is_file()
}

#[test]
fn the_proxy_serves_its_configuration_and_tells_where() {
    let dir = tempfile::tempdir().unwrap();
    let (config, ready) = (dir.path().join("toxiproxy.json"), dir.path().join("ready"));
    let text = format!(
        r#"[{{"name":"e","listen":"127.0.0.1:0","upstream":"{}","enabled":true}}]"#,
        echo::echo()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = backstop(&["proxy", "--listen", "127.0.0.1:0", "--config"]);
    command.arg(&config).arg("--ready-file").arg(&ready);
    let mut running = Running::start(&mut command);
    within(Duration::from_secs(10), || ready.is_file()).unwrap();
    let api = std::fs::read_to_string(&ready).unwrap();
    let answer = lease::ask("GET", api.trim(), "/proxies/e", "").unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let mut client = connect(shown["listen"].as_str().unwrap().parse().unwrap());
    client.write_all(b"ping").unwrap();
    client.read_exact(&mut [0; 4]).unwrap();
    let process = running.process();
    process
        .open()
        .unwrap()
        .unwrap()
        .signal(lease::Signal::TERM)
        .unwrap();
    let ended = within(Duration::from_secs(5), || running.0.try_wait().unwrap().is_some());
    assert!(ended.is_some() && running.0.wait().unwrap().success());
    assert!(!ready.exists());
}

#[test]
fn addresses_beyond_loopback_and_wrong_configurations_are_refused() {
    let (code, _, error) = output(&["proxy", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, 6, "{error}");
    assert!(error.contains("--allow-nonloopback"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("c.json");
    std::fs::write(&config, r#"[{"name":"e"}]"#).unwrap();
    let config = config.to_str().unwrap();
    let (code, _, error) = output(&["proxy", "--config", config, "--dry-run"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("missing required field: upstream at proxy 1"),
        "{error}"
    );
    std::fs::write(config, r#"[{"name":"e","listen":"0.0.0.0:0","upstream":"h:1"}]"#).unwrap();
    let (code, _, error) = output(&["proxy", "--listen", "127.0.0.1:0", "--config", config]);
    assert_eq!(code, 2);
    assert!(error.contains("not on loopback"), "{error}");
}

#[test]
fn the_doctor_says_of_each_fault_whether_it_can_and_why_not() {
    let (code, text, _) = output(&["doctor", "--json"]);
    assert_eq!(code, 0);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let faults = told["faults"].as_array().unwrap();
    assert!(faults.len() > 10);
    for fault in faults {
        assert_eq!(
            fault["can"].as_bool().unwrap(),
            fault["why"].as_str().unwrap().is_empty(),
            "{fault}"
        );
    }
    let can = |name: &str| {
        faults.iter().find(|fault| fault["fault"] == name).unwrap()["can"]
            .as_bool()
            .unwrap()
    };
    assert!(can("tcp-proxy") && can("process-signals"));
    println!("{}", output(&["doctor"]).1);
}
