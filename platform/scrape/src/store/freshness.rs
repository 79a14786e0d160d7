//! Whether a series is still told about.

use promql::{Labels, is_stale};

use super::Store;

/// How much a series' newest sample is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is not older than two of its intervals.
    Fresh,
    /// It is older, or the series has ended, or there never was one: what it says is unknown, never green.
    Unknown {
        /// The time of its newest sample, in milliseconds since the Unix epoch; `None` if there is none.
        since: Option<i64>,
    },
}

impl Store {
    /// Of the series with exactly these labels, at `now` (milliseconds since the Unix epoch).
    #[must_use]
    pub fn freshness(&self, labels: &Labels, now: i64) -> Freshness {
        let series = self.shared.read().get(labels);
        let Some(series) = series else {
            return Freshness::Unknown { since: None };
        };
        let ring = series.ring();
        let Some(last) = ring.last() else {
            return Freshness::Unknown { since: None };
        };
        let oldest = now.saturating_sub(2 * i64::from(ring.every));
        if is_stale(last.value) || last.at < oldest {
            Freshness::Unknown { since: Some(last.at) }
        } else {
            Freshness::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use promql::Sample;

    use super::super::Limits;
    use super::*;

    #[test]
    fn two_intervals_are_fresh_and_a_millisecond_more_is_unknown() {
        let store = Store::new(Limits::default());
        let up = Labels::new([("__name__", "up")]);
        assert_eq!(store.freshness(&up, 0), Freshness::Unknown { since: None });
        store
            .append(
                &up,
                Sample {
                    at: 1_000,
                    value: 1.0,
                },
                5_000,
            )
            .unwrap();
        assert_eq!(store.freshness(&up, 11_000), Freshness::Fresh);
        assert_eq!(
            store.freshness(&up, 11_001),
            Freshness::Unknown { since: Some(1_000) }
        );
    }

    #[test]
    fn a_series_that_has_ended_is_unknown_at_once() {
        let store = Store::new(Limits::default());
        let up = Labels::new([("__name__", "up")]);
        store
            .append(
                &up,
                Sample {
                    at: 1_000,
                    value: 1.0,
                },
                5_000,
            )
            .unwrap();
        store.end(&up, 1_001);
        assert_eq!(
            store.freshness(&up, 1_002),
            Freshness::Unknown { since: Some(1_001) }
        );
    }
}
