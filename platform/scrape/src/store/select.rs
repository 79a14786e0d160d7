//! Reads samples: the store as a source of the language.

use promql::{Labels, Matcher, Sample, Series, Source};

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

    fn last(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<(Labels, Sample)> {
        let matching = self.shared.read().matching(matchers).into_iter();
        matching
            .filter_map(|series| {
                let last = series.ring().last_within(from, to)?;
                Some((series.labels.clone(), last))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
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
    fn the_last_sample_is_that_of_the_range_whatever_follows_it_and_whatever_is_left() {
        let store = store();
        let labels = Labels::new([("__name__", "a")]);
        for second in 0..2_000 {
            let value = if second == 1_500 {
                promql::STALE
            } else {
                f64::from(second)
            };
            let at = i64::from(second) * 1_000;
            store.append(&labels, Sample { at, value }, 1_000).unwrap();
        }
        same_last(&store);
        // Three hours later nothing but the coarse samples is kept.
        let before = store.select(&[], 0, i64::MAX);
        store.upkeep(3 * 3_600_000);
        assert_ne!(store.select(&[], 0, i64::MAX), before);
        same_last(&store);
    }

    /// Against a source of the same samples that takes the last of all.
    fn same_last(store: &Store) {
        // To the bits: one of the values is no number.
        let sorted = |found: Vec<(Labels, Sample)>| {
            let mut found: Vec<(Labels, i64, u64)> = found
                .into_iter()
                .map(|(labels, sample)| (labels, sample.at, sample.value.to_bits()))
                .collect();
            found.sort();
            found
        };
        let all = store.select(&[], 0, i64::MAX);
        assert!(!all.is_empty());
        for to in [
            -1,
            0,
            999,
            1_000,
            700_499,
            1_500_000,
            1_500_999,
            1_999_000,
            i64::MAX,
        ] {
            for span in [0, 1_000, 300_000, i64::MAX] {
                let from = to.saturating_sub(span);
                let (found, wanted) = (store.last(&[], from, to), all.last(&[], from, to));
                assert_eq!(sorted(found), sorted(wanted), "{from}..={to}");
            }
        }
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
