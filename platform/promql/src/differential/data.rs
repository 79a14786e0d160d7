//! The series that both sides hold: counters that are reset, gauges with gaps, ends that are told, and numbers
//! that are none.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::{NAME, STALE, Sample, Series};

/// 2026-03-01 00:00:00 UTC, in milliseconds.
pub(super) const START: i64 = 1_772_323_200_000;
/// An hour later: as much as a fresh Prometheus takes in any order.
pub(super) const END: i64 = START + 3_600_000;

pub(super) fn series() -> Vec<Series> {
    let mut rng = StdRng::seed_from_u64(7);
    let mut all = Vec::new();
    requests(&mut rng, &mut all);
    temperatures(&mut rng, &mut all);
    buckets(&mut rng, &mut all);
    specials(&mut all);
    partners(&mut all);
    // The order in which Prometheus looks at them, which decides how sums are rounded and which of equals stay.
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all
}

fn add(all: &mut Vec<Series>, name: &str, labels: &[(&str, &str)], samples: Vec<Sample>) {
    let labels = labels.iter().copied().chain([(NAME, name)]);
    all.push(Series {
        labels: crate::Labels::new(labels),
        samples,
    });
}

/// A sample every so many milliseconds of the hour.
fn every(step: usize, mut value: impl FnMut(i64) -> Option<f64>) -> Vec<Sample> {
    let times = (START..=END).step_by(step);
    times
        .filter_map(|at| value((at - START) / 1000).map(|value| Sample { at, value }))
        .collect()
}

fn requests(rng: &mut StdRng, all: &mut Vec<Series>) {
    for job in ["api", "db"] {
        for instance in ["0", "1", "2"] {
            for code in ["200", "500"] {
                let mut value = f64::from(rng.random_range(0..40));
                let first = rng.random_range(0..600);
                let gap = rng.random_range(600..3000);
                let mut samples = every(15_000, |second| {
                    value += if code == "500" && rng.random_bool(0.6) {
                        0.0
                    } else {
                        f64::from(rng.random_range(0..12)) + f64::from(rng.random_range(0..4)) * 0.25
                    };
                    // A restart: from zero, or from a little.
                    if rng.random_bool(0.02) {
                        value = if rng.random_bool(0.5) { 0.0 } else { 3.0 };
                    }
                    let absent = second < first && instance == "2"
                        || (gap..gap + 400).contains(&second) && code == "500";
                    (!absent && !rng.random_bool(0.03)).then_some(value)
                });
                // Its end is told; of one instance it comes back later, of another never.
                if instance == "1" {
                    let end = samples.len() / 2;
                    samples[end].value = STALE;
                    if job == "db" {
                        samples.truncate(end + 1);
                    } else {
                        samples.drain(end + 1..end + 9);
                    }
                }
                add(
                    all,
                    "requests_total",
                    &[("job", job), ("instance", instance), ("code", code)],
                    samples,
                );
            }
        }
    }
}

fn temperatures(rng: &mut StdRng, all: &mut Vec<Series>) {
    for (at, room) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let floor = if at < 3 { "1" } else { "2" };
        let mut value = 20.0 + at as f64;
        let samples = every(if room == "e" { 60_000 } else { 15_000 }, |second| {
            if rng.random_bool(0.7) {
                value += f64::from(rng.random_range(-100..=100)) / 64.0;
            }
            match room {
                "b" if second % 300 == 45 => Some(f64::NAN),
                "b" if (1500..1800).contains(&second) => Some(f64::NAN),
                "c" if second % 600 == 90 => Some(f64::INFINITY),
                "c" if second % 600 == 345 => Some(f64::NEG_INFINITY),
                "d" if (900..1500).contains(&second) => None,
                "d" => Some(value - 25.0),
                _ => Some(value),
            }
        });
        add(all, "temperature", &[("room", room), ("floor", floor)], samples);
    }
    // Scraped so rarely that a lookback just sees it, or just does not.
    for (room, step) in [("f", 300_000_usize), ("g", 330_000), ("h", 120_000)] {
        let samples = every(step, |second| Some(second as f64 / 8.0));
        add(all, "rare", &[("room", room)], samples);
    }
    // Level, then a step.
    let samples = every(15_000, |second| Some(if second < 1800 { 4.0 } else { 6.5 }));
    add(all, "level", &[("room", "a")], samples);
    let samples = every(15_000, |second| {
        Some(if second < 1800 { f64::INFINITY } else { 6.5 })
    });
    add(all, "level", &[("room", "b")], samples);
}

fn buckets(rng: &mut StdRng, all: &mut Vec<Series>) {
    for (job, instance) in [
        ("api", "0"),
        ("api", "1"),
        ("db", "0"),
        ("odd", "0"),
        ("low", "0"),
    ] {
        let bounds: &[&str] = match job {
            // Without the last one.
            "odd" => &["0.1", "0.5", "1"],
            "low" => &["-1", "0", "2.5", "+Inf", "none"],
            _ => &["0.1", "0.25", "0.5", "1", "2.5", "+Inf"],
        };
        let mut counts = vec![0.0; bounds.len()];
        let mut columns: Vec<Vec<Sample>> = vec![Vec::new(); bounds.len()];
        for at in (START..=END).step_by(30_000) {
            let from = rng.random_range(0..bounds.len());
            for (bucket, count) in counts.iter_mut().enumerate() {
                if bucket >= from && !(job == "db" && rng.random_bool(0.2)) {
                    *count += f64::from(rng.random_range(1..5));
                }
            }
            for (bucket, column) in columns.iter_mut().enumerate() {
                column.push(Sample {
                    at,
                    value: counts[bucket],
                });
            }
        }
        for (bound, samples) in bounds.iter().zip(columns) {
            add(
                all,
                "latency_bucket",
                &[("job", job), ("instance", instance), ("le", bound)],
                samples,
            );
        }
    }
    // The same labels under another name: together they are too many.
    for bound in ["1", "+Inf"] {
        let samples = every(30_000, |second| Some(second as f64));
        add(
            all,
            "wait_bucket",
            &[("job", "api"), ("instance", "0"), ("le", bound)],
            samples,
        );
    }
}

fn specials(all: &mut Vec<Series>) {
    for (kind, value) in [
        ("zero", 0.0),
        ("minus-zero", -0.0),
        ("one", 1.0),
        ("third", 1.0 / 3.0),
        ("negative", -2.5),
        ("minus-half", -0.5),
        ("nan", f64::NAN),
        ("inf", f64::INFINITY),
        ("minus-inf", f64::NEG_INFINITY),
        ("tiny", 2e-300),
        ("huge", 1.5e300),
        ("large", 123_456_789.125),
    ] {
        add(all, "special", &[("kind", kind)], every(15_000, |_| Some(value)));
    }
    for (which, value) in [
        ("leap", 1_709_251_199.0),
        ("before", -1.0),
        ("epoch", 0.0),
        ("century", 4_107_542_400.0),
        ("fraction", 1_772_366_399.9),
        ("old", -62_135_596_800.0),
        ("none", f64::NAN),
    ] {
        add(all, "moment", &[("which", which)], every(15_000, |_| Some(value)));
    }
    // The same labels, other names; one is only there in the first half.
    for name in ["twin_a", "twin_b", "twin_c"] {
        let samples = every(15_000, |second| {
            let there = match name {
                "twin_a" => second < 1500,
                "twin_b" => second > 1900,
                _ => true,
            };
            there.then_some(second as f64 / 4.0)
        });
        for kind in ["x", "y"] {
            add(all, name, &[("kind", kind)], samples.clone());
        }
    }
}

/// What the many are matched with.
fn partners(all: &mut Vec<Series>) {
    for (job, code, value) in [("api", "200", 7.0), ("api", "500", 0.5), ("db", "200", 3.0)] {
        let samples = every(15_000, |second| Some(value + (second / 600) as f64));
        add(all, "limit", &[("job", job), ("code", code)], samples);
    }
    for (job, version) in [("api", "1.2.3"), ("db", "0.9"), ("web", "3")] {
        let labels = [
            ("job", job),
            ("version", version),
            ("path", "/var/lib"),
            ("code", "own"),
        ];
        add(all, "build_info", &labels, every(15_000, |_| Some(1.0)));
    }
    for (floor, value) in [("1", 19.5), ("2", -4.0)] {
        let labels = [("floor", floor), ("zone", "z-信贷")];
        add(all, "target_temperature", &labels, every(15_000, |_| Some(value)));
    }
}
