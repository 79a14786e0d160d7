//! What somebody types who has only the documentation: the example of a configuration, with the shipped rules, on a
//! service that dies.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::load::Load;
use crate::place::{Place, Store};
use crate::plane::{Plane, run};
use crate::report::{is_long, rounds};
use crate::service::{Service, free_port};
use crate::standin::Standin;

fn firing<'a>(alerts: &'a Value, name: &str) -> Option<&'a Value> {
    let mut alerts = alerts["alerts"].as_array().unwrap().iter();
    alerts.find(|alert| alert["labels"]["alertname"] == name && alert["state"] == "firing")
}

#[test]
fn a_service_that_dies_is_seen_answered_and_silenced_from_a_terminal() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);

    // It works, and sees what it is told to.
    let up = |status: &Value| {
        let mut targets = status["targets"].as_array().unwrap().iter();
        status["state"] == "watching"
            && targets.any(|target| target["job"] == "financing" && target["health"] == "up")
    };
    plane.until(&["status"], up);
    assert!(plane.watch(&["status"], 0).contains("watching 监控正常"));
    let asked = plane.json(&["query", "up{job=\"financing\"}"]);
    assert_eq!(asked["data"]["result"][0]["value"][1], "1");
    plane.watch(&["query", "rate(up)"], 2);

    // It dies: the root is paged, what follows from it is not.
    service.process.kill();
    let alerts = plane.until(&["alerts"], |alerts| firing(alerts, "ServiceDown").is_some());
    let down = firing(&alerts, "ServiceDown").unwrap();
    let fingerprint = down["fingerprint"].as_str().unwrap();
    assert!(plane.watch(&["alerts"], 0).contains("融资服务整体不可用"));

    // Somebody answers. Who asks for an alert that nobody waits for is told so.
    plane.watch(&["ack", fingerprint, "--for", "30m"], 0);
    plane.watch(&["ack", "0123456789abcdef"], 6);
    plane.watch(&["ack", "not-a-fingerprint"], 2);
    plane.watch(&["ack", fingerprint, "--for", "soon"], 2);

    // Silences.
    let silence = ["silence", "job=\"financing\"", "--reason", "drill", "--for"];
    let put: Value =
        serde_json::from_str(&plane.watch(&[&silence[..], &["1h", "--json"]].concat(), 0)).unwrap();
    assert_eq!(plane.json(&["silence", "--list"])["silences"][0]["id"], put["id"]);
    plane.watch(&["silence", "--end", put["id"].as_str().unwrap()], 0);
    plane.watch(&["silence", "--end", put["id"].as_str().unwrap()], 6);
    assert!(plane.watch(&["silence", "--list"], 0).contains("no silence"));
    plane.watch(&[&silence[..], &["900d"]].concat(), 2);
    plane.watch(&["silence", "job", "--for", "1h", "--reason", "drill"], 2);

    // Receivers.
    assert!(plane.watch(&["test-receiver", "on-call"], 0).contains("taken"));
    plane.watch(&["test-receiver", "nobody-such"], 6);

    // Each act once; what was refused is none.
    for (act, times) in [
        ("watch.ack", 1),
        ("watch.silence", 1),
        ("watch.expire", 1),
        ("watch.test", 1),
    ] {
        assert_eq!(plane.leaves(act), times, "{act}");
    }

    // The monitor dies, too, and knows afterwards what it knew.
    let Plane {
        dir,
        port,
        mut process,
        ..
    } = plane;
    process.kill();
    let plane = Plane::again(dir, port);
    let alerts = plane.json(&["alerts"]);
    assert_eq!(
        firing(&alerts, "ServiceDown").map(|alert| &alert["active_at"]),
        firing(&serde_json::json!({ "alerts": [down] }), "ServiceDown").map(|alert| &alert["active_at"])
    );
    // And when the service is back, it is over.
    service.again(&place);
    plane.until(&["alerts"], |alerts| firing(alerts, "ServiceDown").is_none());
}

/// Half a minute of a default run; ten minutes of a long one.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_anything_while_all_is_well_under_load() {
    let seconds: u64 = if is_long() { 600 } else { 30 };
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let load = Load::start(&place, &service, &standin, 2).await;
    let plane = Plane::start(&place, &service, &standin);
    let begun = Instant::now();
    while begun.elapsed().as_secs() < seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let told = standin.told(0).await;
        assert!(told.is_empty(), "after {:?}: {told:?}", begun.elapsed());
    }
    // And it did look: the last sample of what was done under it is fresh.
    let asked = plane.json(&[
        "query",
        "sum(financing_http_requests_total{kind=\"intake\"}) and on () up == 1",
    ]);
    let requests: f64 = asked["data"]["result"][0]["value"][1]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(requests > 100.0, "{asked}");
    let journal = load.stop();
    println!("{seconds} s, {} requests, no page", journal.records.len());
    if is_long() {
        rounds("nobody_is_told", seconds, begun.elapsed().as_secs(), 0, 0);
    }
}

#[test]
fn a_watcher_that_can_tell_nobody_is_blind_and_says_what_is_wrong_before_it_starts() {
    let place = Place::new(Store::Sqlite);
    let dir = place.path("watch");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("watch.toml"), "[host]\ninterval = \"1s\"\n").unwrap();
    run(&["init", &dir.join("etc").display().to_string()], 0);
    let plane = Plane::again(dir.clone(), free_port());
    let told = plane.watch(&["status"], 1);
    assert!(told.contains("blind") && told.contains("[notify]"), "{told}");
    drop(plane);

    // The field, and the mend.
    for (text, names) in [
        ("[[scrape]]\njob = \"a\"\ntargets = [\"nowhere\"]\n", "scrape[0]"),
        ("[notify.route]\nreceiver = \"x\"\n", "[notify]"),
        ("[surprise]\n", "surprise"),
    ] {
        fs::write(dir.join("watch.toml"), text).unwrap();
        let words = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &format!("sqlite:{}", dir.join("control.db").display()),
            "--keys",
            &dir.join("etc").display().to_string(),
            "--watch",
            &dir.join("watch.toml").display().to_string(),
        ];
        let refused = run(&words, 2);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(names), "{text}: {told}");
    }
}

#[test]
fn rule_files_are_checked_and_tested_offline() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .canonicalize()
        .unwrap();
    let at = |name: &str| deploy.join(name).display().to_string();
    run(&["watch", "rules", "check", "--strict"], 0);
    run(
        &["watch", "rules", "check", "--strict", &at("rules/core-links.yml")],
        0,
    );
    run(&["watch", "rules", "test", &at("rules/tests/watch.test.yml")], 0);
    let made = run(&["watch", "rules", "slo", &at("slo.yml")], 0);
    assert_eq!(made.stdout, fs::read(deploy.join("rules/slo.yml")).unwrap());

    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    fs::write(
        &wrong,
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sin(up)\n",
    )
    .unwrap();
    let wrong = wrong.display().to_string();
    let told = run(&["watch", "rules", "check", &wrong], 1);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("wrong.yml:5:11: "), "{told}");
    run(&["watch", "rules", "test", &wrong], 1);
    run(&["watch", "rules", "slo", &wrong], 2);
    run(&["watch", "rules", "slo", "no-such-file.yml"], 2);
}
