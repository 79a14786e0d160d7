//! Reads samples: the store as a source of the language.

use promql::{Matcher, Series, Source};

use super::Store;

impl Source for Store {
    /// The index is locked while series are found, and each series while it is decoded (some 15 µs for two
    /// hours of 5 s): whoever appends waits for no more than that.
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let matching = self.shared.read().matching(matchers);
        let mut found = Vec::with_capacity(matching.len());
        for series in matching {
            let samples = series.ring().samples(from, to);
            if !samples.is_empty() {
                found.push(Series {
                    labels: series.labels.clone(),
                    samples,
                });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use promql::{Labels, Sample};

    use super::super::{Limits, Store};
    use super::*;

    fn store() -> Store {
        let store = Store::new(Limits::default());
        for job in ["a", "b"] {
            for code in ["200", "404", "500", ""] {
                let labels = Labels::new([("__name__", "requests"), ("job", job), ("code", code)]);
                store
                    .append(
                        &labels,
                        Sample {
                            at: 1_000,
                            value: 1.0,
                        },
                        5_000,
                    )
                    .unwrap();
            }
        }
        store
    }

    #[test]
    fn the_index_finds_what_a_pass_over_all_series_finds() {
        let store = store();
        let all: Vec<Series> = store.select(&[], 0, 2_000);
        assert_eq!(all.len(), 8);
        let conditions = [
            ("job", "=", "a"),
            ("job", "=", ""),
            ("job", "=", "c"),
            ("code", "=", ""),
            ("code", "!=", "200"),
            ("code", "!=", ""),
            ("code", "=~", "4..|5.."),
            ("code", "=~", ".*"),
            ("code", "=~", ".+"),
            ("code", "!~", "4.."),
            ("code", "!~", ".*"),
            ("none", "=~", "x?"),
            ("none", "=~", "x"),
        ];
        for first in conditions {
            for second in conditions {
                let matchers: Vec<Matcher> = [first, second]
                    .iter()
                    .map(|(name, op, value)| Matcher::new(name, op, value).unwrap())
                    .collect();
                let mut found: Vec<Labels> = store
                    .select(&matchers, 0, 2_000)
                    .into_iter()
                    .map(|series| series.labels)
                    .collect();
                let mut wanted: Vec<Labels> = all
                    .select(&matchers, 0, 2_000)
                    .into_iter()
                    .map(|series| series.labels)
                    .collect();
                found.sort();
                wanted.sort();
                assert_eq!(found, wanted, "{first:?} and {second:?}");
            }
        }
    }

    #[test]
    fn a_series_without_a_sample_in_the_range_is_left_out() {
        assert_eq!(store().select(&[], 1_001, 9_000), []);
    }

    #[test]
    fn readers_see_samples_in_order_while_others_append_and_the_old_ones_go() {
        let store = Store::new(Limits {
            raw: std::time::Duration::from_secs(600),
            coarse: None,
            ..Limits::default()
        });
        let labels = Labels::new([("__name__", "a")]);
        let reads = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for n in 0..50_000i32 {
                    let sample = Sample {
                        at: i64::from(n) * 1_000,
                        value: f64::from(n),
                    };
                    store.append(&labels, sample, 1_000).unwrap();
                    if n % 1_000 == 0 {
                        store.upkeep(sample.at);
                    }
                }
            });
            let mut reads = 0;
            while !writer.is_finished() {
                for series in store.select(&[Matcher::equal("__name__", "a")], 0, i64::MAX) {
                    let steps = series.samples.windows(2).map(|pair| pair[1].at - pair[0].at);
                    assert!(
                        steps.into_iter().all(|step| step == 1_000),
                        "a sample is missing within"
                    );
                    reads += 1;
                }
            }
            reads
        });
        assert!(reads > 10, "{reads}");
    }
}
