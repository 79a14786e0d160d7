//! Where results go, so that later rules of a group find them.

use std::collections::HashMap;

use promql::{Labels, Matcher, Sample, Series, Source};

use crate::memory::Memory;

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
    added: Memory,
}

impl<'a> Overlay<'a> {
    /// Nothing is added yet.
    #[must_use]
    pub fn new(below: &'a dyn Source) -> Self {
        Self {
            below,
            added: Memory::new(),
        }
    }
}

impl Source for Overlay<'_> {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<Series> {
        let mut found = self.below.select(matchers, from, to);
        let more = self.added.select(matchers, from, to);
        if more.is_empty() {
            return found;
        }
        let places: HashMap<Labels, usize> = found
            .iter()
            .enumerate()
            .map(|(at, series)| (series.labels.clone(), at))
            .collect();
        for series in more {
            match places.get(&series.labels).and_then(|at| found.get_mut(*at)) {
                Some(below) => {
                    let last = below.samples.last().map_or(i64::MIN, |sample| sample.at);
                    below
                        .samples
                        .extend(series.samples.into_iter().filter(|sample| sample.at > last));
                }
                None => found.push(series),
            }
        }
        found
    }

    fn last(&self, matchers: &[Matcher], from: i64, to: i64) -> Vec<(Labels, Sample)> {
        let mut found = self.below.last(matchers, from, to);
        let more = self.added.last(matchers, from, to);
        if more.is_empty() {
            return found;
        }
        // In the order of the store below: sums depend on it in their last digit.
        let places: HashMap<Labels, usize> = found
            .iter()
            .enumerate()
            .map(|(at, (labels, _))| (labels.clone(), at))
            .collect();
        for (labels, sample) in more {
            match places.get(&labels).and_then(|at| found.get_mut(*at)) {
                Some((_, below)) if below.at < sample.at => *below = sample,
                Some(_) => {}
                None => found.push((labels, sample)),
            }
        }
        found
    }
}

impl Store for Overlay<'_> {
    fn append(&mut self, at: i64, samples: &[(Labels, f64)]) -> Result<(), String> {
        self.added.append(at, samples)
    }
}
