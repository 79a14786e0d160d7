//! Lets go of what is old, and of the oldest when it is too much.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use promql::is_stale;

use super::limits::millis;
use super::series::Series;
use super::{Shared, Store};

/// To make room means to pass over all series, so a flood of new ones causes no more than one pass in 10 s.
const PASS_EVERY: i64 = 10_000;

/// A series without a sample for this long has ended, marked or not: `PromQL` no longer believes its last
/// one.
const ENDED: i64 = 300_000;

impl Store {
    /// To be called every half minute or so: `now` is in milliseconds since the Unix epoch.
    pub fn upkeep(&self, now: i64) {
        self.shared.trim(now);
    }
}

impl Shared {
    /// Whether another series would be one too many.
    pub(super) fn is_crowded(&self) -> bool {
        self.read().len() >= self.limits.series
    }

    /// Whether there is so much that samples cannot be all of it: then it is labels, and no new series comes
    /// in.
    pub(super) fn is_stuffed(&self) -> bool {
        self.bytes.load(Relaxed) > self.limits.bytes.saturating_add(self.limits.bytes / 4)
    }

    /// What cannot wait for the next upkeep.
    pub(super) fn relieve(&self, now: i64) {
        let over = self.bytes.load(Relaxed) > self.limits.bytes.saturating_add(self.limits.bytes / 10);
        if over && self.is_due(now) {
            self.trim(now);
        }
    }

    /// Whether a pass over all series may be made again.
    fn is_due(&self, now: i64) -> bool {
        let last = self.passed.load(Relaxed);
        last.saturating_add(PASS_EVERY) <= now
            && self.passed.compare_exchange(last, now, Relaxed, Relaxed).is_ok()
    }

    fn trim(&self, now: i64) {
        let limits = &self.limits;
        let raw = now.saturating_sub(millis(limits.raw));
        let coarse = limits
            .coarse
            .map_or(raw, |coarse| now.saturating_sub(millis(coarse.keep)));
        let mut bytes = self.cut(raw, coarse);
        self.forget_empty();
        if bytes > limits.bytes {
            // A tenth below, so that this is not done with each sample that follows.
            let floor = self.floor_for(bytes.saturating_sub(limits.bytes / 10 * 9));
            bytes = self.cut(raw.max(floor), coarse.max(floor));
            self.counters.shortened.fetch_add(1, Relaxed);
        }
        // What was appended meanwhile is off by its bytes until the next upkeep counts anew.
        self.bytes.store(bytes, Relaxed);
    }

    /// Trims each series; tells what all of them take then.
    fn cut(&self, raw: i64, coarse: i64) -> usize {
        let every: Vec<Arc<Series>> = self.read().all().cloned().collect();
        let mut bytes = self.read().texts();
        for series in every {
            let mut ring = series.ring();
            ring.trim(raw, coarse);
            bytes += series.bytes() + ring.bytes();
        }
        bytes
    }

    /// The time before which chunks must go so that this many bytes are free.
    fn floor_for(&self, wanted: usize) -> i64 {
        let mut by_end: BTreeMap<i64, usize> = BTreeMap::new();
        for series in self.read().all() {
            let ring = series.ring();
            for chunk in ring.raw.full.iter().chain(&ring.coarse.full) {
                *by_end.entry(chunk.last).or_default() += chunk.bytes.len() + 48;
            }
        }
        let mut freed = 0;
        for (end, bytes) in by_end {
            freed += bytes;
            if freed >= wanted {
                return end.saturating_add(1);
            }
        }
        i64::MIN
    }

    fn forget_empty(&self) {
        self.write().retain(|series| {
            let mut ring = series.ring();
            ring.gone = ring.raw.first().is_none() && ring.coarse.first().is_none();
            !ring.gone
        });
    }

    /// Room for a new series where others have ended, those that ended first going first. What lives is worth
    /// more than the past of what does not. Whether there is room now.
    pub(super) fn reclaim(&self, now: i64) -> bool {
        if !self.is_due(now) {
            return false;
        }
        let mut index = self.write();
        let mut ended: Vec<(i64, u32)> = index
            .all()
            .filter_map(|series| {
                let last = series.ring().last()?;
                let over = is_stale(last.value) || last.at < now.saturating_sub(ENDED);
                over.then_some((last.at, series.id))
            })
            .collect();
        ended.sort_unstable();
        // A tenth, so that the next one in need finds room without another pass.
        ended.truncate((self.limits.series / 10).max(1));
        let leaving: HashSet<u32> = ended.into_iter().map(|(_, id)| id).collect();
        index.retain(|series| {
            let leaves = leaving.contains(&series.id);
            if leaves {
                let mut ring = series.ring();
                ring.gone = true;
                self.bytes.fetch_sub(series.bytes() + ring.bytes(), Relaxed);
            }
            !leaves
        });
        self.counters.evicted.fetch_add(leaving.len() as u64, Relaxed);
        index.len() < self.limits.series
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use promql::{Labels, Sample, Source};

    use super::super::{Limits, Refused};
    use super::*;

    fn labels(n: i32) -> Labels {
        Labels::new([
            ("__name__".to_owned(), "a".to_owned()),
            ("n".to_owned(), n.to_string()),
        ])
    }

    fn push(store: &Store, n: i32, at: i64, value: f64) -> Result<(), Refused> {
        store.append(&labels(n), Sample { at, value }, 5_000).map(drop)
    }

    #[test]
    fn a_series_too_many_is_refused_and_counted_and_the_others_go_on() {
        let store = Store::new(Limits {
            series: 3,
            ..Limits::default()
        });
        for n in 0..3 {
            push(&store, n, 1_000, 1.0).unwrap();
        }
        assert_eq!(push(&store, 3, 1_000, 1.0), Err(Refused::TooManySeries));
        push(&store, 2, 6_000, 2.0).unwrap();
        let meters = store.meters();
        assert_eq!(
            (meters.series, meters.too_many_series, meters.appended),
            (3, 1, 4)
        );
    }

    #[test]
    fn what_has_ended_makes_room_for_what_lives() {
        let store = Store::new(Limits {
            series: 3,
            ..Limits::default()
        });
        for n in 0..3 {
            push(&store, n, 1_000, 1.0).unwrap();
        }
        store.end(&labels(1), 6_000);
        for n in [0, 2] {
            push(&store, n, 6_000, 1.0).unwrap();
        }
        push(&store, 3, 7_000, 1.0).unwrap();
        let mut left: Vec<String> = store
            .select(&[], 0, 9_000)
            .iter()
            .map(|series| series.labels.get("n").to_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["0", "2", "3"]);
        assert_eq!(store.meters().evicted, 1);
    }

    #[test]
    fn what_is_older_than_its_time_goes_and_its_series_with_it() {
        let store = Store::new(Limits {
            coarse: None,
            ..Limits::default()
        });
        for at in 0..3_000 {
            push(&store, 0, at * 5_000, 1.0).unwrap();
        }
        push(&store, 1, 5_000, 1.0).unwrap();
        let now = 3_000 * 5_000;
        store.upkeep(now);
        let left = store.select(&[], 0, i64::MAX);
        assert_eq!(left.len(), 1);
        let first = left[0].samples[0].at;
        // A chunk goes as a whole, so up to twenty minutes more are there.
        assert!(
            first <= now - 7_200_000 && first > now - 7_200_000 - 1_200_000,
            "{first}"
        );
        assert_eq!(store.meters().series, 1);
        let counted = store.meters().bytes;
        assert!(counted > 1_000 && counted < 3_000, "{counted}");
    }

    #[test]
    fn memory_is_bounded_whatever_the_values() {
        let limit = 400_000;
        let store = Store::new(Limits {
            bytes: limit,
            raw: Duration::from_secs(86_400),
            ..Limits::default()
        });
        let mut noise = 1u64;
        for at in 0..5_000 {
            for n in 0..20 {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                push(&store, n, at * 5_000, f64::from_bits(noise >> 2)).unwrap();
            }
            let bytes = store.meters().bytes;
            assert!(bytes < limit as u64 * 5 / 4, "{bytes} bytes after {at} rounds");
        }
        let meters = store.meters();
        assert!(meters.shortened > 0 && meters.appended == 100_000, "{meters:?}");
        let newest = store.select(&[], 4_900 * 5_000, i64::MAX);
        assert!(newest.len() == 20 && newest.iter().all(|series| series.samples.len() == 100));
    }

    #[test]
    fn labels_that_fill_the_memory_are_refused_too() {
        let store = Store::new(Limits {
            bytes: 100_000,
            ..Limits::default()
        });
        let long = "x".repeat(4_000);
        let mut refused = 0;
        for n in 0..100 {
            let labels = Labels::new([
                ("__name__".to_owned(), "a".to_owned()),
                ("n".to_owned(), format!("{long}{n}")),
            ]);
            refused += usize::from(
                store
                    .append(
                        &labels,
                        Sample {
                            at: 1_000,
                            value: 1.0,
                        },
                        5_000,
                    )
                    .is_err(),
            );
        }
        assert!(refused > 60, "{refused}");
        assert!(store.meters().bytes < 140_000);
    }
}
