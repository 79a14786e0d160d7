//! Where results go, so that later rules of a group find them.

use promql::{Labels, Matcher, Sample, Series, Source};

/// A source that takes the samples of each rule before the next one is evaluated.
pub trait Store: Source {
    /// Adds samples of this time (milliseconds since the Unix epoch), [stale](promql::STALE) ones for series that
    /// have ended. All samples of one rule come in one call.
    ///
    /// # Errors
    /// Why some of them are not kept; the rule is then reported as failing.
    fn append(&mut self, at: i64, samples: &[(Labels, f64)]) -> Result<(), String>;
}

/// A source that cannot be written, and what one evaluation adds to it. For callers who store an
/// [outcome](super::Outcome)'s samples themselves, afterwards.
pub struct Overlay<'a> {
    below: &'a dyn Source,
    added: Vec<Series>,
}

impl<'a> Overlay<'a> {
    /// Nothing is added yet.
    #[must_use]
    pub const fn new(below: &'a dyn Source) -> Self {
        Self {
            below,
            added: Vec::new(),
        }
    }
}

impl Source for Overlay<'_> {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let mut found = self.below.select(matchers, from, to);
        for more in self.added.select(matchers, from, to) {
            match found.iter_mut().find(|series| series.labels == more.labels) {
                Some(series) => {
                    let last = series.samples.last().map_or(i64::MIN, |sample| sample.at);
                    series
                        .samples
                        .extend(more.samples.into_iter().filter(|sample| sample.at > last));
                }
                None => found.push(more),
            }
        }
        found
    }
}

impl Store for Overlay<'_> {
    fn append(&mut self, at: i64, samples: &[(Labels, f64)]) -> Result<(), String> {
        let series = samples.iter().map(|(labels, value)| Series {
            labels: labels.clone(),
            samples: vec![Sample { at, value: *value }],
        });
        self.added.extend(series);
        Ok(())
    }
}
