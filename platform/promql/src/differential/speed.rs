//! How long the rules of a bank's watcher take. The bound is for an optimised build on one core; an unoptimised one
//! is only shown to work.

use std::time::{Duration, Instant};

use crate::{Labels, Matcher, NAME, Query, Sample, Series, Source, parse};

/// 5,000 series of 50 metrics, found by name, as a store has them.
struct Store(Vec<(String, Vec<Series>)>);

const AT: i64 = 1_772_323_200_000;

impl Store {
    fn new() -> Self {
        let metric = |metric: usize| {
            let name = format!("metric_{metric}");
            let series = |each: usize| {
                let (job, instance) = (format!("job-{}", each % 5), format!("10.0.0.{}:9100", each % 25));
                let code = format!("{}", 200 + each / 25);
                let labels = [
                    (NAME, name.as_str()),
                    ("job", &job),
                    ("instance", &instance),
                    ("code", &code),
                ];
                let samples = (0..40).map(|at| Sample {
                    at: AT - at * 15_000,
                    value: (40 - at) as f64 * each as f64,
                });
                let mut samples: Vec<Sample> = samples.collect();
                samples.reverse();
                Series {
                    labels: Labels::new(labels),
                    samples,
                }
            };
            (name.clone(), (0..100).map(series).collect())
        };
        Self((0..50).map(metric).collect())
    }

    fn of(&self, matchers: &[Matcher]) -> &[Series] {
        let name = matchers.iter().find_map(|matcher| match &matcher.op {
            crate::Op::Equal(value) if matcher.name == NAME => Some(value),
            _ => None,
        });
        let found = self.0.iter().find(|(each, _)| Some(each) == name);
        found.map_or(&[], |(_, series)| series)
    }
}

impl Source for Store {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let cut = |series: &Series| {
            let first = series.samples.partition_point(|sample| sample.at < from);
            let last = series.samples.partition_point(|sample| sample.at <= to);
            Series {
                labels: series.labels.clone(),
                samples: series.samples[first..last].to_vec(),
            }
        };
        let all = self.of(matchers).iter();
        all.filter(|series| matchers.iter().all(|each| each.matches(&series.labels)))
            .map(cut)
            .collect()
    }

    fn last(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<(Labels, Sample)> {
        let last = |series: &Series| {
            let after = series.samples.partition_point(|sample| sample.at <= to);
            let sample = series.samples[..after]
                .last()
                .copied()
                .filter(|sample| sample.at >= from)?;
            Some((series.labels.clone(), sample))
        };
        let all = self.of(matchers).iter();
        all.filter(|series| matchers.iter().all(|each| each.matches(&series.labels)))
            .filter_map(last)
            .collect()
    }
}

fn rules() -> Vec<Query> {
    let rule = |at: usize| {
        let name = format!("metric_{}", at % 50);
        let text = match at / 50 {
            0 => format!("{name}{{job=\"job-1\"}} > 100"),
            1 => format!("sum by (job) (rate({name}[5m])) > 1"),
            2 => format!(
                "sum by (job) (rate({name}{{code=~\"20[12]\"}}[5m])) / on (job) group_left () sum by (job) (rate({name}[5m])) > 0.1"
            ),
            _ => format!(
                "absent({name}) or max without (instance) ({name}) == 0 unless on (job) {name} offset 1m > 7"
            ),
        };
        parse(&text).unwrap()
    };
    (0..200).map(rule).collect()
}

#[test]
fn two_hundred_rules_over_five_thousand_series_are_evaluated_in_time() {
    let (store, rules) = (Store::new(), rules());
    let evaluate = || {
        let begun = Instant::now();
        for rule in &rules {
            rule.instant(&store, AT).unwrap();
        }
        begun.elapsed()
    };
    // The best of a few: what else the machine does is not measured.
    let best = (0..5).map(|_| evaluate()).min().unwrap();
    println!("200 rules over 5,000 series: {best:?}");
    let bound = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 50 });
    assert!(best < bound, "{best:?}");
}
