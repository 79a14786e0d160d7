//! How long answers took: bounded histograms, in microseconds.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time told apart, one minute: twice the client's patience with one answer.
const LONGEST: u64 = 60_000_000;
/// Two significant digits: an error of 1 % at most, in 20 kB per histogram.
const DIGITS: u8 = 2;

/// Times of answered attempts.
#[derive(Debug, Clone)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the bounds are constants, and valid")]
        Self(Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("valid bounds"))
    }
}

impl Latency {
    /// Adds one; what is longer than the longest counts as the longest.
    pub fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST);
        self.0.saturating_record(micros.max(1));
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        #[expect(clippy::expect_used, reason = "both have the same bounds")]
        self.0.add(&other.0).expect("the same bounds");
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of the answers kept below; none without any.
    #[must_use]
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(share))
    }

    /// The longest.
    #[must_use]
    pub fn max_us(&self) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_percent_and_nothing_is_no_number() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile_us(0.5), None);
        for micros in 1..=10_000 {
            latency.add(Duration::from_micros(micros));
        }
        let median = latency.quantile_us(0.5).unwrap();
        assert!((4_950..=5_050).contains(&median), "{median}");
        latency.add(Duration::from_secs(3_600));
        assert_eq!(latency.count(), 10_001);
        assert!(latency.max_us().unwrap() >= LONGEST);
    }
}
