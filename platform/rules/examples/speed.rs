//! How long a round of rules takes: `cargo run --release -p rules --example speed` prints it as JSON.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails should stop, and it prints what it measured"
)]

use std::time::{Duration, Instant};

use promql::Labels;
use rules::memory::Memory;
use rules::{Engine, Options};

const SERIES: i64 = 5000;
const RULES: i64 = 200;

/// Of ten jobs 500 series each, with a sample each 15 s for ten minutes.
fn store() -> Memory {
    let mut store = Memory::new();
    for number in 0..SERIES {
        let labels = Labels::new([
            ("__name__".to_owned(), format!("metric_{}", number % 50)),
            ("job".to_owned(), format!("job-{}", number % 10)),
            ("instance".to_owned(), format!("host-{}:9100", number / 50)),
        ]);
        for step in 0..40 {
            let value = if number % 100 == 0 { 1000.0 } else { 1.0 };
            store.push(&labels, step * 15_000, value * (step as f64)).unwrap();
        }
    }
    store
}

fn file() -> String {
    let mut file = String::from("groups:\n- name: g\n  rules:\n");
    for number in 0..RULES {
        let metric = number % 50;
        file.push_str(&match number % 4 {
            0 => format!("  - record: job:r{number}:rate5m\n    expr: sum by (job) (rate(metric_{metric}[5m]))\n"),
            1 => format!("  - alert: A{number}\n    expr: metric_{metric} > 5000\n    for: 1m\n    labels: {{severity: warning}}\n    annotations: {{summary: '{{{{ $labels.instance }}}} is at {{{{ $value | humanize }}}}'}}\n"),
            2 => format!("  - alert: B{number}\n    expr: rate(metric_{metric}[5m]) > 10\n"),
            _ => format!("  - record: job:s{number}:max\n    expr: max by (job) (metric_{metric}) / on (job) job:r{}:rate5m\n", number - 3),
        });
    }
    file
}

fn main() {
    let groups = rules::load([("rules.yml", file())]).unwrap_or_else(|problems| panic!("{problems}"));
    let mut engine = Engine::new(groups, Options::default());
    let mut store = store();
    let mut times: Vec<Duration> = Vec::new();
    let mut samples = 0;
    for round in 0..40 {
        let begun = Instant::now();
        let outcome = engine.evaluate(0, 585_000 + round * 1000, &mut store);
        times.push(begun.elapsed());
        assert_eq!(outcome.failures, []);
        samples = outcome.samples.len();
    }
    times.sort();
    let alerts = engine.alerts().count();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{{\"rules\": {RULES}, \"series\": {SERIES}, \"median_ms\": {:.3}, \"slowest_ms\": {:.3}, \"samples\": {samples}, \"alerts\": {alerts}}}",
        milliseconds(times[times.len() / 2]),
        milliseconds(times[times.len() - 1]),
    );
}
