//! The scraped series as the rules see them: to read, and to add to.

use promql::{Labels, Matcher, Sample, Series, Source, is_stale};
use scrape::Store;

/// A store, and how often the group that writes to it is evaluated.
pub(crate) struct Written<'a> {
    pub(crate) store: &'a Store,
    /// Milliseconds.
    pub(crate) every: u32,
}

impl Source for Written<'_> {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        self.store.select(matchers, from, to)
    }
}

impl rules::Store for Written<'_> {
    fn append(&mut self, at: i64, samples: &[(Labels, f64)]) -> Result<(), String> {
        let mut refused = None;
        let mut batch = self.store.batch();
        for (labels, value) in samples {
            let sample = Sample { at, value: *value };
            // The end of a series that the store does not have any more is no loss.
            if let Err(error) = batch.add(labels, sample, self.every)
                && !is_stale(*value)
            {
                refused.get_or_insert_with(|| error.to_string());
            }
        }
        drop(batch);
        refused.map_or(Ok(()), Err)
    }
}
