//! What the store costs at 5,000 series with both of its tiers full: bytes a sample, samples appended a
//! second, time of a selection, time of a start: `cargo run --release -p scrape --example measure`.
//!
//! The series are in proportions like those of this repository's own services: of ten, four stand still,
//! three are counters of whole numbers, one is a counter of seconds, one an amount of memory, one a
//! temperature of noise.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, which stops at what is wrong"
)]

use std::time::Instant;

use promql::{Labels, Matcher, Sample, Source};
use scrape::{Limits, Store};

const SERIES: usize = 5_000;
/// Raw for two hours, and the coarse tier behind it.
const RAW: i64 = 7_200_000;
const PAST: i64 = 73 * 3_600_000;

/// Small numbers that repeat from run to run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 33).unwrap_or(0) % sides)
    }
}

fn labels(n: usize) -> Labels {
    let name = format!("service_requests_of_kind_{}_total", n % 50);
    let handler = format!("/v1/applications/{}", n / 500);
    let instance = format!("127.0.0.1:70{:02}", n / 50 % 10);
    Labels::new([
        ("__name__", name.as_str()),
        ("job", "financing"),
        ("instance", &instance),
        ("handler", &handler),
        ("code", "200"),
        ("method", "POST"),
    ])
}

fn next(kind: usize, value: f64, dice: &mut Dice) -> f64 {
    match kind % 10 {
        0..=3 => value,
        // Most of the time a counter stands still, too, in a service of few customers.
        4..=6 => value + if dice.roll(3) == 0.0 { dice.roll(20) } else { 0.0 },
        7 => value + dice.roll(1_000_000) / 1e9,
        8 => value + (dice.roll(64) - 32.0) * 4_096.0,
        _ => 40.0 + dice.roll(1_000_000) / 1e5,
    }
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1_024.0
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        bytes: 256 << 20,
        ..Limits::default()
    };
    let store = Store::open(folder.path(), limits.clone()).unwrap();
    let all: Vec<Labels> = (0..SERIES).map(labels).collect();
    let mut values = vec![100_000.0; SERIES];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let empty = resident();
    // Four minutes apart, the past is what the coarse tier keeps of it.
    let end = 1_800_000_000_000 + PAST;
    let past = (end - PAST..end - RAW).step_by(240_000);
    let times: Vec<i64> = past.chain((end - RAW..end).step_by(5_000)).collect();
    let mut appended = 0u32;
    let begun = Instant::now();
    for (n, at) in times.iter().enumerate() {
        let mut batch = store.batch();
        for (kind, (labels, value)) in all.iter().zip(&mut values).enumerate() {
            *value = next(kind, *value, &mut dice);
            batch
                .add(
                    labels,
                    Sample {
                        at: *at,
                        value: *value,
                    },
                    5_000,
                )
                .unwrap();
            appended += 1;
        }
        drop(batch);
        if n % 100 == 0 {
            store.upkeep(*at);
        }
    }
    store.upkeep(end);
    let took = begun.elapsed();
    let kept: usize = store
        .select(&[], 0, i64::MAX)
        .iter()
        .map(|series| series.samples.len())
        .sum();
    let raw = store
        .select(&[], end - RAW, i64::MAX)
        .iter()
        .map(|series| series.samples.len())
        .sum::<usize>();
    let bytes = store.meters().bytes;
    println!("{SERIES} series, {kept} samples as read ({raw} of the last two hours)");
    #[expect(clippy::cast_precision_loss, reason = "to print")]
    let per = bytes as f64 / (kept + raw / 48) as f64;
    println!(
        "bytes counted {} MB, {per:.2} a sample, labels included",
        bytes >> 20
    );
    println!("resident {:.1} MB more than before", resident() - empty);
    println!(
        "appended {:.0} samples a second, tail included",
        f64::from(appended) / took.as_secs_f64()
    );
    println!(
        "lost to the tail {} samples (it was filled faster than a disk writes)",
        store.meters().tail_lost
    );
    let job = Matcher::equal("job", "financing");
    let name = Matcher::equal("__name__", "service_requests_of_kind_7_total");
    let one = [
        name.clone(),
        Matcher::equal("instance", "127.0.0.1:7003"),
        Matcher::equal("handler", "/v1/applications/4"),
    ];
    for (what, matchers, span) in [
        ("one series, 5 minutes", one.to_vec(), 300_000),
        ("100 series of a name, 5 minutes", vec![name.clone()], 300_000),
        ("100 series of a name, 1 hour", vec![name.clone()], 3_600_000),
        ("100 series of a name, 3 days", vec![name], 3 * 86_400_000),
        ("all 5,000 series, 5 minutes", vec![job], 300_000),
    ] {
        let rounds: u32 = 10;
        let begun = Instant::now();
        let mut found = 0;
        for _ in 0..rounds {
            found = store.select(&matchers, end - span, end).len();
        }
        println!("{what}: {found} found in {:?}", begun.elapsed() / rounds);
    }
    drop(store);
    // What was lost to the tail above is not in it, so this start reads what fitted through the queue.
    let files: u64 = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    let begun = Instant::now();
    let again = Store::open(folder.path(), limits).unwrap();
    let loaded = begun.elapsed();
    let samples: usize = again
        .select(&[], 0, i64::MAX)
        .iter()
        .map(|series| series.samples.len())
        .sum();
    println!(
        "a start reads {samples} samples from {} MB in {loaded:?}",
        files >> 20
    );
}
