//! Where series come from.

use crate::{Labels, Matcher, Sample, Series};

/// A store of series.
pub trait Source: Sync {
    /// Every series that all matchers let through, with its samples of `from..=to` (milliseconds since the Unix
    /// epoch), [stale](crate::STALE) ones among them. Series without a sample in the range may be left out.
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series>;

    /// Of each such series the last sample of `from..=to`, a stale one too. A selector without a range asks this;
    /// a store that need not copy the others for it should say so itself.
    fn last(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<(Labels, Sample)> {
        let all = self.select(matchers, from, to).into_iter();
        all.filter_map(|mut series| series.samples.pop().map(|last| (series.labels, last)))
            .collect()
    }
}

/// Series in memory, for tests of rules and for whoever has them at hand.
impl Source for Vec<Series> {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let matching = self
            .iter()
            .filter(|series| matchers.iter().all(|matcher| matcher.matches(&series.labels)));
        matching
            .map(|series| Series {
                labels: series.labels.clone(),
                samples: series
                    .samples
                    .iter()
                    .filter(|sample| (from..=to).contains(&sample.at))
                    .copied()
                    .collect(),
            })
            .filter(|series| !series.samples.is_empty())
            .collect()
    }
}
