//! A real Prometheus and this engine over the same samples: the same alerts in the same states at each evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use promql::{Labels, STALE, is_stale};
use rules::memory::Memory;
use rules::{Engine, Options};
use serde_json::Value;
use tempfile::tempdir;

use crate::lifecycle::series;
use crate::programs::skipped;
use crate::server::{Server, milliseconds};

const RULES: &str = r#"groups:
- name: g
  interval: 1s
  rules:
  - {record: tick, expr: vector(1)}
  - {record: 'job:load:sum', expr: sum by (job) (load)}
  - alert: High
    expr: load > 10
    for: 3s
    keep_firing_for: 4s
    labels: {severity: '{{ if gt $value 15.0 }}critical{{ else }}warning{{ end }}'}
    annotations: {summary: '{{ $labels.i }} at {{ $value }}'}
  - {alert: Quick, expr: load > 10}
  - {alert: Sum, expr: 'job:load:sum > 25', for: 2s}
  - {alert: Gone, expr: 'absent(load{i="1"})', for: 1s}
  - {record: firing, expr: 'count by (alertname) (ALERTS{alertstate="firing"})'}
"#;

/// What is sent each second: a number, nothing (`_`) or the series' end (`s`).
const SCRIPT: [(&str, &str); 3] = [
    (
        "load{i=\"1\",job=\"a\"}",
        "1 12 12 12 12 12 1 1 1 1 1 1 12 16 12 12 12 s _ _ 5 5 12 5 12 12 12 12 _ _ _ 12",
    ),
    (
        "load{i=\"2\",job=\"a\"}",
        "1 1 1 14 14 14 14 1 14 14 14 14 14 14 1 1 1 1 1 1 1 1 s 14 14 14 14 14 1 1 1 1",
    ),
    (
        "load{i=\"3\",job=\"b\"}",
        "30 30 s 30 30 30 30 s _ _ _ 30 30 _ _ _ s _ _ 20 30 30 30 1 30 30 30 30 30 30 s _",
    ),
];

/// Time, and the samples that are sent then.
type Sent = Vec<(i64, Vec<(Labels, f64)>)>;

/// Of each evaluation, what it wrote.
type Written = BTreeMap<i64, BTreeSet<String>>;

fn script() -> Vec<Vec<(Labels, f64)>> {
    let columns: Vec<(Labels, Vec<&str>)> = SCRIPT
        .iter()
        .map(|(name, values)| (series(name), values.split(' ').collect()))
        .collect();
    let rows = columns.iter().map(|(_, values)| values.len()).min().unwrap();
    let row = |at: usize| {
        let samples = columns.iter().filter_map(|(labels, values)| match values[at] {
            "_" => None,
            "s" => Some((labels.clone(), STALE)),
            number => Some((labels.clone(), number.parse().unwrap())),
        });
        samples.collect()
    };
    (0..rows).map(row).collect()
}

/// Sends the script halfway between two evaluations; what was sent, and what Prometheus wrote.
fn run(server: &Server) -> (Sent, Written) {
    let ticks = |server: &Server| {
        written(&server.query("tick[5m]"))
            .keys()
            .copied()
            .collect::<Vec<i64>>()
    };
    // The first two rounds write no alerts: it looks first for what it knew before.
    let phase = loop {
        let ticks = ticks(server);
        if ticks.len() >= 4 {
            break ticks[0].rem_euclid(1000);
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let mut sent = Sent::new();
    for samples in script() {
        let now = server.now();
        let half = phase + 500;
        let next = (now - half).div_euclid(1000) * 1000 + 1000 + half;
        std::thread::sleep(Duration::from_millis((next - now).unsigned_abs()));
        server.write(next, &samples);
        sent.push((next, samples));
    }
    std::thread::sleep(Duration::from_secs(2));
    (
        sent,
        written(&server.query("{__name__=~\"tick|ALERTS|ALERTS_FOR_STATE|firing|job:load:sum\"}[5m]")),
    )
}

fn written(result: &Value) -> Written {
    let mut written = Written::new();
    for each in result.as_array().unwrap() {
        let labels = each["metric"].as_object().unwrap();
        let labels = Labels::new(
            labels
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())),
        );
        for sample in each["values"].as_array().unwrap() {
            let at = milliseconds(&sample[0]);
            let value: f64 = sample[1].as_str().unwrap().parse().unwrap();
            written.entry(at).or_default().insert(format!("{labels} {value}"));
        }
    }
    written
}

/// The same evaluations by our engine.
fn ours(rules: &str, hold_unknown: bool, sent: &Sent, times: &[i64]) -> Written {
    let groups = rules::load([("rules.yml", rules)]).unwrap_or_else(|problems| panic!("{problems}"));
    let mut engine = Engine::new(
        groups,
        Options {
            hold_unknown,
            ..Options::default()
        },
    );
    let mut store = Memory::new();
    let mut next = sent.iter().peekable();
    let mut written = Written::new();
    for at in times {
        while let Some((sent_at, samples)) = next.next_if(|(sent_at, _)| sent_at <= at) {
            samples
                .iter()
                .for_each(|(labels, value)| store.push(labels, *sent_at, *value).unwrap());
        }
        let outcome = engine.evaluate(0, *at, &mut store);
        assert_eq!(outcome.failures, []);
        let lines = outcome.samples.iter().filter(|(_, value)| !is_stale(*value));
        written.insert(
            *at,
            lines.map(|(labels, value)| format!("{labels} {value}")).collect(),
        );
    }
    written
}

/// Evaluations that differ, and how many of them are as the one before or after.
fn differing(theirs: &Written, ours: &Written) -> (Vec<i64>, usize) {
    // The first rounds of Prometheus write no alerts.
    let times: Vec<i64> = theirs.keys().copied().skip(4).collect();
    let differ: Vec<i64> = times
        .iter()
        .copied()
        .filter(|at| theirs.get(at) != ours.get(at))
        .collect();
    let near = differ.iter().filter(|at| {
        [-1000, 1000]
            .iter()
            .any(|by| theirs.get(at) == ours.get(&(**at + by)))
    });
    let near = near.count();
    (differ, near)
}

#[test]
fn prometheus_and_we_write_the_same_at_each_evaluation() {
    let folder = tempdir().unwrap();
    let server = match Server::start(folder.path(), RULES) {
        Ok(server) => server,
        Err(why) => return skipped("side by side", &why),
    };
    let (sent, theirs) = run(&server);
    drop(server);
    let times: Vec<i64> = theirs.keys().copied().collect();
    assert!(
        times.len() > script().len(),
        "too few evaluations: {}",
        times.len()
    );
    let compatible = ours(RULES, false, &sent, &times);
    let (differ, near) = differing(&theirs, &compatible);
    println!(
        "{} evaluations, {} differ, {near} of them by one evaluation",
        times.len() - 4,
        differ.len()
    );
    for at in &differ {
        println!(
            "{at}\n  prometheus {:?}\n  ours       {:?}",
            theirs.get(at),
            compatible.get(at)
        );
    }
    assert_eq!(differ.len(), near, "more than one evaluation apart");

    // Planted: another duration, another threshold, another template.
    for (part, instead) in [
        ("for: 3s", "for: 4s"),
        ("keep_firing_for: 4s", "keep_firing_for: 6s"),
        ("> 25", "> 26"),
        ("gt $value 15.0", "gt $value 17.0"),
    ] {
        let spoilt = RULES.replace(part, instead);
        let (differ, near) = differing(&theirs, &ours(&spoilt, false, &sent, &times));
        assert!(
            differ.len() > near,
            "{instead} is not seen: {} differ, {near} near",
            differ.len()
        );
    }

    // The one difference that is meant: where series end while their alert fires.
    let held = ours(RULES, true, &sent, &times);
    let firing = |written: &Written| -> usize {
        written
            .values()
            .flatten()
            .filter(|line| line.contains("alertname=\"Quick\"") && line.contains("firing"))
            .count()
    };
    assert!(
        firing(&held) > firing(&compatible),
        "held {} compatible {}",
        firing(&held),
        firing(&compatible)
    );
}
