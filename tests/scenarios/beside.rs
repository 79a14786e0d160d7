//! The same drill watched by both: Prometheus with Alertmanager over the shipped set-up, and `backstop serve` over the
//! shipped example, on one service under load. Alert by alert they say the same, and people are told the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use client::operations::IntakeOrder;
use serde_json::{Value, json};

use crate::load::Load;
use crate::people;
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::process::Process;
use crate::service::{Service, free_port};
use crate::standin::Standin;

/// The two look at their own moments, at scrapes of 5 s and at rules every 2 s and 5 s, on a machine that does more than
/// this: what is compared is whether they agree, in seconds, not how quick either is.
const APART: f64 = 30.0;
/// What held for less may have been missed by one of them.
const SEEN: f64 = 20.0;

/// Prometheus and Alertmanager with the files of `deploy/`.
struct Theirs {
    prometheus: String,
    alertmanager: String,
    _processes: [Process; 2],
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copied(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

impl Theirs {
    fn start(place: &Place, service: &Service, pages: &Standin) -> Self {
        let dir = place.path("deploy");
        copied(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy"), &dir);
        let (own, manager) = (free_port(), free_port());
        let target = |job: &str, addresses: &[&str]| {
            let text = json!([{ "targets": addresses }]).to_string();
            fs::write(dir.join(format!("targets/{job}.json")), text).unwrap();
        };
        for job in ["backstop", "node", "process", "probe", "prometheus"] {
            target(job, &[]);
        }
        target("financing", &[service.base.trim_start_matches("http://")]);
        target("alertmanager", &[&format!("127.0.0.1:{manager}")]);
        // Where it sends: the pages of this side, the heartbeat too.
        let config = dir.join("alertmanager/alertmanager.yml");
        let text = fs::read_to_string(&config).unwrap();
        let changed = text
            .replace(
                "http://127.0.0.1:7200/v1/alerts/alertmanager",
                &format!("{}/pages", pages.base),
            )
            .replace(
                "http://127.0.0.1:9094/heartbeat",
                &format!("{}/pages", pages.base),
            );
        assert_ne!(changed, text);
        fs::write(&config, changed).unwrap();
        fs::write(dir.join("alertmanager/alertmanager.token"), "token").unwrap();
        let mut alertmanager = Command::new("prometheus-alertmanager");
        alertmanager
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", dir.join("am").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{manager}"))
            .arg("--cluster.listen-address=");
        let mut prometheus = Command::new("prometheus");
        prometheus
            .arg(format!(
                "--config.file={}",
                dir.join("prometheus/prometheus.yml").display()
            ))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{own}"));
        let processes = [
            Process::start(&mut alertmanager, &place.path("alertmanager.log")),
            Process::start(&mut prometheus, &place.path("prometheus.log")),
        ];
        Self {
            prometheus: format!("http://127.0.0.1:{own}"),
            alertmanager: format!("http://127.0.0.1:{manager}"),
            _processes: processes,
        }
    }
}

impl Theirs {
    /// What its own tool says of Alertmanager's alerts.
    fn amtool(&self) -> String {
        let mut command = Command::new("amtool");
        let url = format!("--alertmanager.url={}", self.alertmanager);
        let output = command.args([&url, "alert", "query"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

async fn get(url: &str) -> Option<Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = client.get(url).send().await.ok()?;
    sent.json().await.ok()
}

/// Since when each alert fires, by its name, in seconds since 1970; those of the shipped rules that both have.
fn fires(alerts: &Value, since: &str) -> BTreeMap<String, f64> {
    let mut firing = BTreeMap::new();
    for alert in alerts.as_array().into_iter().flatten() {
        let name = alert["labels"]["alertname"].as_str().unwrap();
        // What either says of itself the other cannot see.
        let itself = ["backstop", "prometheus", "alertmanager"].map(Some);
        let itself = itself.contains(&alert["labels"]["job"].as_str());
        if alert["state"] != "firing" || name == "Heartbeat" || itself {
            continue;
        }
        // Ours in microseconds since 1970, theirs in RFC 3339.
        let at = alert[since].as_i64().unwrap_or_else(|| {
            let at: jiff::Timestamp = alert[since].as_str().unwrap().parse().unwrap();
            at.as_microsecond()
        });
        let at = at as f64 / 1e6;
        let known = firing.entry(name.to_owned()).or_insert(at);
        *known = known.min(at);
    }
    firing
}

struct Both<'t> {
    ours: &'t Plane,
    theirs: &'t Theirs,
    our_pages: &'t Standin,
    their_pages: &'t Standin,
    /// Of each alert that fired, when it was seen to begin and last seen.
    seen: [BTreeMap<String, (f64, f64)>; 2],
}

impl Both<'_> {
    async fn look(&mut self) -> [BTreeMap<String, f64>; 2] {
        let url = format!("{}/api/v1/alerts", self.theirs.prometheus);
        let theirs = get(&url).await.unwrap_or_default();
        let ours = self.ours.json(&["alerts"]);
        let both = [
            fires(&ours["alerts"], "active_at"),
            fires(&theirs["data"]["alerts"], "activeAt"),
        ];
        let now = base::clock::Clock::system().now_micros() as f64 / 1e6;
        for (seen, firing) in self.seen.iter_mut().zip(&both) {
            for (name, since) in firing {
                let span = seen.entry(name.clone()).or_insert((*since, now));
                span.1 = now;
            }
        }
        both
    }

    /// Waits until both say of an alert that it fires, or does not any more.
    async fn until(&mut self, alert: &str, firing: bool) {
        let begun = Instant::now();
        loop {
            let both = self.look().await;
            if both.iter().all(|side| side.contains_key(alert) == firing) {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "{alert} {firing}: {both:?}"
            );
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Waits until both have told somebody; answers after how long, ours and theirs.
    async fn paged(&mut self, alert: &str, after: i64) -> [Duration; 2] {
        self.until(alert, true).await;
        let begun = Instant::now();
        loop {
            let both = [
                self.our_pages.told(after).await,
                self.their_pages.told(after).await,
            ];
            if let [Some(ours), Some(theirs)] = [both[0].get(alert), both[1].get(alert)] {
                return [ours, theirs].map(|at| Duration::from_micros(at.abs_diff(after)));
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{alert}: {both:?}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// Where they disagree of an alert: when it began, or whether it fired at all.
fn disagreements([ours, theirs]: &[BTreeMap<String, (f64, f64)>; 2]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, (from, to)) in ours.iter().chain(theirs) {
        match [ours.get(name), theirs.get(name)] {
            [Some(one), Some(other)] if (one.0 - other.0).abs() < APART => {}
            [Some(one), Some(other)] => wrong.push(format!("{name}: {one:?} and {other:?}")),
            _ if to - from < SEEN => {}
            _ => wrong.push(format!("only one of them saw {name} for {} s", to - from)),
        }
    }
    wrong
}

#[test]
fn an_alert_that_one_of_both_misses_or_sees_too_late_is_a_disagreement() {
    let side = |alerts: &[(&str, f64, f64)]| -> BTreeMap<String, (f64, f64)> {
        let all = alerts.iter();
        all.map(|(name, from, to)| ((*name).to_owned(), (*from, *to)))
            .collect()
    };
    let ours = side(&[("Down", 0.0, 60.0), ("Blip", 5.0, 6.0)]);
    assert_eq!(
        disagreements(&[ours.clone(), side(&[("Down", 5.0, 60.0)])]),
        [""; 0]
    );
    assert_eq!(disagreements(&[ours.clone(), side(&[])]).len(), 1);
    assert_eq!(disagreements(&[side(&[]), ours.clone()]).len(), 1);
    assert_eq!(disagreements(&[ours, side(&[("Down", 40.0, 60.0)])]).len(), 2);
}

async fn spoil(standin: &Standin, source: &str, control: &Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/control/{source}", standin.base);
    let sent = client.put(url).json(control).send().await.unwrap();
    assert!(sent.status().is_success(), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_with_alertmanager_and_backstop_say_the_same_of_a_drill() {
    if let Err(why) = Command::new("prometheus").arg("--version").output() {
        crate::report::skip("beside Prometheus", &why.to_string());
        return;
    }
    let place = Place::new(Store::Sqlite);
    let (standin, their_pages) = (Standin::start(&place), Standin::start(&place));
    let mut service = Service::start(&place, &standin);
    let load = Load::start(&place, &service, &standin, 4).await;
    let ours = Plane::start(&place, &service, &standin);
    let theirs = Theirs::start(&place, &service, &their_pages);
    let mut both = Both {
        ours: &ours,
        theirs: &theirs,
        our_pages: &standin,
        their_pages: &their_pages,
        seen: Default::default(),
    };
    let clock = base::clock::Clock::system();
    // Both have looked some times, and nobody is told of anything.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        both.look().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let early = [standin.told(0).await, their_pages.told(0).await];
    assert!(early.iter().all(BTreeMap::is_empty), "{early:?}");

    let mut times = Vec::new();
    // A source goes.
    let at = clock.now_micros();
    spoil(&standin, "tax", &json!({ "failure_rate": 1.0 })).await;
    times.push(("SourceBreakerOpen", both.paged("SourceBreakerOpen", at).await));
    spoil(&standin, "tax", &json!({})).await;
    // Intake is closed.
    let at = clock.now_micros();
    let operator = place.client(&service.base, "operator");
    let order = IntakeOrder::everything("drill");
    let closed = operator.close_intake("close-1", &order).await.unwrap().body;
    let paged = both.paged("IntakeClosed", at).await;
    times.push(("IntakeClosed", paged));
    let keepers = people::keepers(&place, &service.base).await;
    people::reopen(&keepers, closed.epoch).await;
    both.until("IntakeClosed", false).await;
    // The service dies.
    let at = clock.now_micros();
    service.process.kill();
    let paged = both.paged("ServiceDown", at).await;
    times.push(("ServiceDown", paged));
    let firing = theirs.amtool();
    assert!(firing.contains("ServiceDown"), "{firing}");
    service.again(&place);
    both.until("ServiceDown", false).await;
    for (alert, [ours, theirs]) in &times {
        println!("{alert}: paged after {ours:?}, by Prometheus and Alertmanager after {theirs:?}");
    }

    // Alert by alert.
    println!("{:#?}", both.seen);
    assert_eq!(disagreements(&both.seen), [""; 0]);
    // And people were told the same.
    let names = |told: BTreeMap<String, i64>| -> BTreeSet<String> { told.into_keys().collect() };
    let roots: BTreeSet<String> = times.iter().map(|(alert, _)| (*alert).to_owned()).collect();
    let (ours, theirs) = (names(standin.told(0).await), names(their_pages.told(0).await));
    println!("told: {ours:?} and {theirs:?}");
    assert!(
        roots.is_subset(&ours) && roots.is_subset(&theirs),
        "{ours:?} {theirs:?}"
    );
    load.stop();
}
